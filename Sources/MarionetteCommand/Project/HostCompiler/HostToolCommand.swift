import ArgumentParser
import Diagnostics
import Foundation
import Inventory
import Transport

/// What the programs that `HostCompilerCommand` writes do.
struct HostToolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host-tool",
        abstract: "Execute a compiler on a host, with the files that it needs.",
        shouldDisplay: false)

    @OptionGroup var project: ProjectOptions

    @Argument(help: "The host's name in the manifest.")
    var host: String

    @Argument(help: "The program's name on the host.")
    var program: String

    @Argument(parsing: .postTerminator, help: "Its arguments.")
    var words: [String] = []

    func run() async throws {
        try await reportingErrors {
            let manifest = try Manifest.load(directory: project.directory)
            let entry = try Preparation.host(host, among: manifest.hosts)
            try manifest.checkSSH()
            let here = FileManager.default.currentDirectoryPath
            let number = String(UInt64.random(in: UInt64.min...UInt64.max), radix: 16)
            let tool = ToolFiles(
                words, in: here,
                roots: [manifest.directory, try DataDirectory.find().package],
                root: "/tmp/marionette-\(number)")
            let connection = try StandardConnector().connect(
                to: entry.endpoint(in: manifest), host: host)
            defer { connection.close() }
            let outcome = try RemoteTool(connection: connection, program: program)
                .run(tool, in: here)
            try put(outcome, tool)
            if outcome.status != 0 { throw ArgumentParser.ExitCode(outcome.status) }
        }
    }

    /// As if the program had been executed here.
    private func put(_ outcome: RemoteTool.Outcome, _ tool: ToolFiles) throws {
        for (path, file) in outcome.files {
            var bytes = file.bytes
            if path == tool.depfile {
                let text = String(decoding: bytes, as: UTF8.self)
                bytes = Array(ToolFiles.depfile(text, from: tool.root).utf8)
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            if file.isExecutable, chmod(path, 0o755) != 0 {
                throw HostToolError.notExecutable(path)
            }
        }
        for (bytes, descriptor) in [
            (outcome.output, STDOUT_FILENO), (outcome.errors, STDERR_FILENO),
        ] {
            let text = String(decoding: bytes, as: UTF8.self).replacing("\(tool.root)/", with: "/")
            try CommandOutput.write(text, to: descriptor)
        }
    }
}

enum HostToolError: DiagnosticError, Hashable {
    case failed(host: String, reason: String?)
    case unpacked(reason: String?)
    case tooLarge(directory: String)
    case notExecutable(String)

    var diagnostic: Diagnostic {
        switch self {
        case .failed(let host, let reason):
            Diagnostic(
                summary: "host '\(host)': a compiler could not be executed there"
                    + (reason.map { ": \($0)" } ?? ""),
                notes: ["it takes a POSIX shell, tar, gzip and room in /tmp"])
        case .unpacked(let reason):
            Diagnostic(
                summary: "can't pack what a compiler needs" + (reason.map { ": \($0)" } ?? ""))
        case .tooLarge(let directory):
            Diagnostic(
                summary:
                    "'\(directory)' has more than \(ToolFiles.bytesMax >> 20) MiB, too much for"
                    + " a directory of headers that goes to a host with each source",
                remedy: "name the directory that has the headers alone")
        case .notExecutable(let path):
            Diagnostic(summary: "can't make '\(path)' executable")
        }
    }

    var exitCode: Diagnostics.ExitCode { .failed }
}
