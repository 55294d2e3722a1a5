import Foundation
import InterfaceCompiler
import TestKit

/// The C of several interfaces as one program: generated stubs, a table of their types, and a
/// driver of `Programs`.
public struct GeneratedC: Sendable {
    public let subjects: [Subject]
    private let directory: TemporaryDirectory

    private static let programs = "\(Checkout.root)/Tests/InterfaceProof/Programs"
    private static let includes = [SlaveSources.headers, "-I\(programs)"]

    public init(_ subjects: [Subject]) throws {
        self.subjects = subjects
        directory = try TemporaryDirectory("proof-c")
        for subject in subjects { try write(subject) }
        try write(
            "#include \"proof.h\"\n\n"
                + subjects.map {
                    "extern const struct proof_type \($0.name)_types[];\n"
                }.joined()
                + "const struct proof_subject proof_subjects[] = {\n"
                + subjects.map { "    {\($0.name)_types, \($0.types.count)u},\n" }.joined()
                + "};\nconst uint32_t proof_subject_count = \(subjects.count);\n", to: "table.c")
    }

    /// Compiles the generated code of one interface alone, with every warning an error.
    public func compile(_ subject: Subject, for machine: Machine) throws {
        try Tools.run(
            machine.compiler + Machine.warnings + Self.includes + [
                "-c", path(subject.name + "_proof.c"), "-o",
                path("\(subject.name)-\(machine.rawValue).o"),
            ], environment: Tools.zigEnvironment)
    }

    /// Links what `compile` has compiled with the runtime and the driver that echoes values.
    public func echoProgram(for machine: Machine) throws -> EchoProgram {
        let program = path("echo-\(machine.rawValue)")
        try Tools.run(
            machine.compiler + Machine.warnings + Self.includes
                + Self.support(driver: "echo.c", table: path("table.c"))
                + subjects.map { path("\($0.name)-\(machine.rawValue).o") } + ["-o", program],
            environment: Tools.zigEnvironment)
        return EchoProgram(command: machine.emulator + [program], keeping: directory)
    }

    /// The sources and what the compiler needs to know for a program of another driver.
    public func sources(driver: String) -> (files: [String], flags: [String]) {
        let generated = subjects.map { path($0.name + "_proof.c") }
        return (Self.support(driver: driver, table: path("table.c")) + generated, Self.includes)
    }

    private static func support(driver: String, table: String) -> [String] {
        [driver, "proof.c"].map { "\(programs)/\($0)" } + [table]
            + SlaveSources.coding + SlaveSources.named("worker/call")
    }

    private func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    private func write(_ text: String, to name: String) throws {
        try directory.write(text, to: name)
    }

    private func write(_ subject: Subject) throws {
        var header = ""
        for file in cStubs(subject.model, stem: subject.name) {
            try write(file.text, to: file.name)
            if file.name.hasSuffix(".h") { header = file.text }
        }
        // Interfaces declare types of the same name. Their functions get the subject's name.
        let functions = header.matches(of: #/\b(\w+_(?:de|en)code)\(/#).map { String($0.1) }
        var text = functions.map { "#define \($0) \(subject.name)_\($0)\n" }.joined()
        text += "#include \"\(subject.name).c\"\n#include \"proof.h\"\n\n"
        for index in subject.types.indices {
            text += """
                static bool decode_\(index)(struct mrn_reader *in, void *value)
                {
                    return Proof\(index)_decode(in, value);
                }

                static bool encode_\(index)(struct mrn_writer *out, const void *value)
                {
                    return Proof\(index)_encode(out, value);
                }


                """
        }
        text += Self.operations(of: header)
        text += "extern const struct proof_type \(subject.name)_types[];\n"
        text += "const struct proof_type \(subject.name)_types[] = {\n"
        for index in subject.types.indices {
            text += "    {\"\(subject.title(index))\", sizeof(Proof\(index)), "
            text += "decode_\(index), encode_\(index)},\n"
        }
        // An interface of constants and programs has none, and C no empty array.
        try write(text + "    {NULL, 0, NULL, NULL},\n};\n", to: "\(subject.name)_proof.c")
    }

    /// What the user of an application would implement: the linker asks for it.
    private static func operations(of header: String) -> String {
        let declarations = header.matches(of: #/bool \w+\(\s*struct mrn_call [^;]*\)(?=;)/#)
        guard !declarations.isEmpty else { return "" }
        return "#pragma GCC diagnostic ignored \"-Wunused-parameter\"\n"
            + declarations.map { "\($0.output)\n{\n    return false;\n}\n\n" }.joined()
    }
}

/// A program that reads requests and writes an answer to each.
public struct EchoProgram: Sendable {
    let command: [String]
    /// Where the program lies.
    let directory: TemporaryDirectory

    init(command: [String], keeping directory: TemporaryDirectory) {
        self.command = command
        self.directory = directory
    }

    public func answers(to requests: [Request]) throws -> [Answer] {
        let answers = Records.answers(
            try Tools.run(command, input: Records.data(requests), within: 300))
        guard answers.count == requests.count else {
            throw TestProcess.Failure(
                description: "\(answers.count) answers to \(requests.count) requests: \(command)")
        }
        return answers
    }
}
