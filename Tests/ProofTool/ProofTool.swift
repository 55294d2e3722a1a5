import Foundation
import InterfaceProof

/// What `make corpus` and `make fuzz` need of the interface compiler's model.
@main struct ProofTool {
    static let usage = """
        usage: marionette-proof corpus FILE.x…        compile interfaces, and what is made of them
               marionette-proof fuzz-build DIR NAME   a program for libFuzzer, and what it begins with
               marionette-proof fuzz-keep NAME FILE   keep what it found as a test

        """

    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        switch (arguments.popFirst(), arguments.count) {
        case ("corpus", 1...): exit(try corpus(Array(arguments)) ? 0 : 1)
        case ("fuzz-build", 2):
            let program = try program(named: arguments[arguments.startIndex + 1])
            let directory = arguments[arguments.startIndex]
            try program.build(in: directory, subjects: Self.fuzzed())
            try program.writeSeeds(
                to: "\(directory)/corpus-\(program.rawValue)", subjects: Self.fuzzed())
        case ("fuzz-keep", 2):
            let program = try program(named: arguments[arguments.startIndex])
            let artifact = arguments[arguments.startIndex + 1]
            print(try FoundCase.keep(artifact, of: program, subjects: Self.fuzzed()))
        default:
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
    }

    private static func program(named name: String) throws -> FuzzProgram {
        guard let program = FuzzProgram(rawValue: name) else {
            throw Proof.Failure(description: "'\(name)' is none of c, swift, parser")
        }
        return program
    }

    private static func fuzzed() throws -> [Subject] {
        try (SubjectFile.ours + SubjectFile.debian).map {
            try Subject(name: $0.name, file: $0.file)
        }
    }

    /// True when all of them compile.
    private static func corpus(_ paths: [String]) throws -> Bool {
        let files = paths.enumerated().map { index, path in
            SubjectFile(file: path, set: "corpus\(index)")
        }
        let proof = try Proof(files, machines: [.native])
        var failed = 0
        for (path, file) in zip(paths, files) {
            guard let fault = proof.fault(of: file) else { continue }
            failed += 1
            let first = fault.split(separator: "\n").first { $0.contains("error: ") }
            let name = URL(fileURLWithPath: path).lastPathComponent
            print("\(name): \(first ?? fault.prefix(300))")
        }
        let types = proof.subjects.reduce(0) { $0 + $1.types.count }
        print(
            "\(files.count - failed) of \(files.count) interfaces compile to C and Swift without a "
                + "warning (\(types) types)")
        return failed == 0
    }
}
