import ArgumentParser
import Diagnostics
import Foundation
import InterfaceCompiler

struct InterfaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interface",
        abstract: "Check, show and compile interface files (.x).",
        discussion: """
            'marionette build' does this for an application. Use these commands for interfaces on \
            their own, and for those that others wrote for rpcgen.
            """,
        subcommands: [Check.self, Show.self, Generate.self])

    /// What each of them takes.
    struct Options: ParsableArguments {
        @Option(
            name: [.customShort("I"), .customLong("include")],
            help: ArgumentHelp(
                "Look for included files here too, behind the file's own directory.",
                valueName: "dir"))
        var directories: [String] = []

        /// Reads and checks; tells what is worth knowing of it.
        func compile(_ path: String) throws -> InterfaceModel {
            let url = URL(fileURLWithPath: path)
            guard let data = try? Data(contentsOf: url) else {
                throw UnreadableInterface(path: path)
            }
            return try compileInterface(
                text: String(decoding: data, as: UTF8.self), file: path,
                files: .onDisk(searched: directories))
        }
    }
}

extension InterfaceCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report everything that is wrong with interfaces.",
            discussion: "Exits with 1 if something is.")

        @OptionGroup var options: Options

        @Flag(help: "Print the findings as JSON.")
        var json = false

        @Argument(help: ArgumentHelp("The interfaces.", valueName: "file"))
        var files: [String]

        func run() async throws {
            try await reportingErrors {
                var findings: [Diagnostic] = []
                for file in files {
                    do {
                        let model = try options.compile(file)
                        findings += model.warnings
                        if !json {
                            model.warnings.forEach(printDiagnostic)
                            try printResult("\(file): \(Self.summary(model))")
                        }
                    } catch let error as any DiagnosticError {
                        findings += error.diagnostics
                        if !json { error.diagnostics.forEach(printDiagnostic) }
                    }
                }
                if json { try printJSON(findings.map(Finding.init)) }
                guard findings.allSatisfy({ $0.severity == .warning }) else {
                    throw ArgumentParser.ExitCode(Diagnostics.ExitCode.failed.rawValue)
                }
            }
        }

        /// `no errors; 12 types, 2 programs, application Raytracer with 3 operations`
        static func summary(_ model: InterfaceModel) -> String {
            func count(_ number: Int, _ word: String) -> String {
                "\(number) \(word)\(number == 1 ? "" : "s")"
            }
            var parts = [count(model.types.count, "type")]
            if !model.programs.isEmpty { parts.append(count(model.programs.count, "program")) }
            if let application = model.application {
                let operations = count(application.operations.count, "operation")
                parts.append("application \(application.name) with \(operations)")
            }
            return "no errors; \(parts.joined(separator: ", "))"
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print an interface as it was understood.",
            discussion: """
                Prints the canonical form first: every constant is a number, every body has a name, \
                types are sorted by name. Its SHA-256 is the interface's hash, by which master and \
                slave check that they were built from the same interface. Then the same as a plain \
                RFC 5531 program, which 'rpcgen -N' takes (--program prints only that).
                """)

        @OptionGroup var options: Options

        @Flag(help: "Print the RFC 5531 program alone.")
        var program = false

        @Argument(help: ArgumentHelp("The interface.", valueName: "file"))
        var file: String

        func run() async throws {
            try await reportingErrors {
                let model = try options.compile(file)
                model.warnings.forEach(printDiagnostic)
                try CommandOutput.write(Self.text(model, program: program))
            }
        }

        static func text(_ model: InterfaceModel, program: Bool) -> String {
            if program { return rpcProgram(model) }
            return "hash \(model.hash)\n\n\(model.canonicalText)\n\(rpcProgram(model))"
        }
    }

    struct Generate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Generate types, codecs, client or slave in one language.",
            discussion: "A file that would not change is not written.")

        @OptionGroup var options: Options

        @Option(
            help: ArgumentHelp(
                "One of \(StubLanguage.allCases.map(\.rawValue).joined(separator: ", ")).",
                valueName: "language"))
        var language: StubLanguage

        @Option(help: ArgumentHelp("The directory, made if it is missing.", valueName: "dir"))
        var out: String

        @Option(help: ArgumentHelp("Names the files, without their suffixes.", valueName: "name"))
        var name: String?

        @Option(
            name: .customLong("import"),
            help: ArgumentHelp("The module that Swift imports.", valueName: "module"))
        var module = "Marionette"

        @Flag(help: "Swift without the client: types, constants and program numbers.")
        var noClient = false

        @Argument(help: ArgumentHelp("The interface.", valueName: "file"))
        var file: String

        func run() async throws {
            try await reportingErrors {
                let model = try options.compile(file)
                model.warnings.forEach(printDiagnostic)
                let swift = SwiftOptions(module: module, withoutClient: noClient)
                try write(language.files(of: model, name: name, options: swift))
            }
        }

        private func write(_ files: [GeneratedFile]) throws {
            let directory = URL(fileURLWithPath: out)
            for file in files {
                let url = directory.appendingPathComponent(file.name)
                do {
                    try FileManager.default.createDirectory(
                        at: directory, withIntermediateDirectories: true)
                    let data = Data(file.text.utf8)
                    if (try? Data(contentsOf: url)) == data { continue }
                    try data.write(to: url, options: .atomic)
                } catch {
                    throw UnwritableFile(path: "\(out)/\(file.name)", reason: "\(error)")
                }
                try printResult("\(out)/\(file.name)")
            }
        }
    }
}

extension StubLanguage: ExpressibleByArgument {}

private struct UnreadableInterface: DiagnosticError {
    let path: String

    var diagnostic: Diagnostic { Diagnostic(summary: "'\(path)' can't be read") }
    var exitCode: Diagnostics.ExitCode { .failed }
}

private struct UnwritableFile: DiagnosticError {
    let path: String
    let reason: String

    var diagnostic: Diagnostic {
        Diagnostic(summary: "'\(path)' can't be written", notes: [reason])
    }
    var exitCode: Diagnostics.ExitCode { .failed }
}

/// A diagnostic, for programs.
private struct Finding: Encodable {
    var severity: String
    var summary: String
    var file: String?
    var line: Int?
    var column: Int?
    var notes: [String]
    var remedy: String?

    init(_ diagnostic: Diagnostic) {
        severity = diagnostic.severity.rawValue
        summary = diagnostic.summary
        file = diagnostic.place?.file
        line = diagnostic.place?.line
        column = diagnostic.place?.column
        notes = diagnostic.notes
        remedy = diagnostic.remedy
    }
}
