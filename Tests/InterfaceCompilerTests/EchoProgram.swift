import Foundation
import InterfaceCompiler
import TestKit

/// A C program that decodes values of one type and encodes them again, made from generated stubs.
struct EchoProgram {
    enum Machine: String, CaseIterable {
        case native
        /// 64 bits, big-endian, under emulation.
        case s390x

        /// Those that this system can build for and run.
        static var available: [Machine] { allCases.filter { $0.tools != nil } }

        /// What compiles for it and what runs it; nil where it is not installed.
        var tools: (compiler: [String], emulator: [String])? {
            switch self {
            case .native:
                return executable("cc").map { ([$0, "-fsanitize=address,undefined", "-g"], []) }
            case .s390x:
                guard let zig, let qemu = executable("qemu-s390x-static") else { return nil }
                return (
                    [
                        zig, "cc", "-target", "s390x-linux-musl", "-static",
                        "-fno-sanitize=undefined",
                    ], [qemu]
                )
            }
        }
    }

    static let strict = [
        "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O2",
    ]

    let program: URL
    let emulator: [String]

    /// - Parameter type: the type's name in the golden interface `name`
    init?(_ name: String, type: String, for machine: Machine, in directory: URL) throws {
        guard let tools = machine.tools else { return nil }
        emulator = tools.emulator
        program = directory.appendingPathComponent("echo")
        for file in cStubs(try compiledGolden(name), stem: "subject") {
            let target = directory.appendingPathComponent(file.name)
            try Data(file.text.utf8).write(to: target)
        }
        let sources =
            SlaveSources.coding + [
                directory.appendingPathComponent("subject.c").path,
                goldens.appendingPathComponent("echo.c").path,
            ]
        let defines = [
            "-DSUBJECT=\(type)", "-DSUBJECT_DECODE=\(type)_decode",
            "-DSUBJECT_ENCODE=\(type)_encode",
            "-I\(directory.path)", SlaveSources.headers,
        ]
        try run(tools.compiler + Self.strict + defines + sources + ["-o", program.path])
    }

    /// What comes back for each value; nil where it was refused.
    func echo(_ values: [[UInt8]]) throws -> [[UInt8]?] {
        var input = Data()
        for value in values {
            withUnsafeBytes(of: UInt32(value.count).bigEndian) { input.append(contentsOf: $0) }
            input.append(contentsOf: value)
        }
        var output = try [UInt8](run(emulator + [program.path], input: input))[...]
        var results: [[UInt8]?] = []
        while !output.isEmpty {
            let count = output.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            output = output.dropFirst(4)
            guard count != .max else {
                results.append(nil)
                continue
            }
            results.append(Array(output.prefix(Int(count))))
            output = output.dropFirst(Int(count))
        }
        return results
    }
}

/// The zig binary: of the environment, on PATH, or of the project's own tools.
private let zig: String? = {
    if let named = ProcessInfo.processInfo.environment["MARIONETTE_ZIG"] { return named }
    if let found = executable("zig") { return found }
    let tools = projectRoot.appendingPathComponent(".tools").path
    guard let files = FileManager.default.enumerator(atPath: tools) else { return nil }
    for case let path as String in files where path.hasSuffix("ziglang/zig") {
        return "\(tools)/\(path)"
    }
    return nil
}()
