import ArgumentParser
import Console
import Diagnostics
import Distribution
import Foundation
import Inventory
import Synchronization
import Transport

struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Execute a command on many hosts at once.",
        discussion: """
            marionette exec --hosts 'pi[1-4]' -- uname -r

            Programs of the manifest that were pushed come first on the command's PATH. The words \
            reach the hosts as they are; for a pipe or a variable of the host's, execute a shell: \
            marionette exec -- sh -c 'echo $HOME'

            Hosts that print the same are shown once. --stream prints each line as it comes. The \
            command has no input; --input gives each host what comes on standard input. Ctrl-C ends \
            the command on all hosts.

            Exit codes: the highest of all hosts; 69 if one is unreachable.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var chosen: HostSelectionOptions

    @Flag(name: .shortAndLong, help: "Print each line as it comes, behind its host's name.")
    var stream = false

    @Flag(help: "Send standard input to the command on every host.")
    var input = false

    @Flag(help: "Print one JSON object for each host, a line each.")
    var json = false

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The command and its arguments, after --.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError("a command is missing: marionette exec -- uname -a")
        }
        guard !stream || !json else { throw ValidationError("--json prints all at the end") }
    }

    func run() async throws {
        try await reportingErrors {
            let manifest = try Manifest.load(directory: project.directory)
            let hosts = try chosen.selection.selected(from: manifest.hosts)
            try manifest.checkSSH()
            let places = hosts.map { host in
                HostExecution.Place(
                    host: host.name,
                    endpoint: host.endpoint(in: manifest),
                    store: host.store)
            }
            let given = input ? try Self.standardInput() : nil
            let execution = HostExecution(command, application: manifest.name, input: given)
            let lines = stream ? HostLines() : nil
            let progress = ExecProgress(hosts: places.map(\.host))
            var onPiece: (@Sendable (String, ChannelStream, [UInt8]) -> Void)?
            if let lines { onPiece = { lines.add($0, $1, $2) } }
            let results = try await cancelledBySignals { [onPiece] in
                await execution.run(on: places, onPiece: onPiece, onEnd: { progress.end($0) })
            }
            progress.close()
            try lines?.end()
            let code = try show(zip(places, results).map { ($0.host, $1) })
            if code != 0 { throw ArgumentParser.ExitCode(code) }
        }
    }

    /// More than this machine should have to hold for a command.
    private static let inputMax = 256 << 20

    private static func standardInput() throws -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(STDIN_FILENO, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ExecError.inputUnreadable(String(cString: strerror(errno)).lowercased())
            }
            guard count > 0 else { return all }
            all += piece.prefix(count)
            guard all.count <= inputMax else { throw ExecError.inputTooLarge(inputMax) }
        }
    }

    /// - Returns: the exit code.
    private func show(
        _ results: [(host: String, result: Result<CommandResult, DistributionError>)]
    ) throws -> Int32 {
        let ended = results.compactMap { host, result in
            (try? result.get()).map { (host: host, result: $0) }
        }
        if json {
            for (host, result) in results { try printResult(jsonLine(ExecLine(host, result))) }
        } else {
            for fold in OutputFold.folded(ended) {
                try CommandOutput.write(fold.output)
                try CommandOutput.write(fold.errors, to: STDERR_FILENO)
                if fold.result.isCut {
                    printDiagnostic(
                        Diagnostic(
                            severity: .warning,
                            summary:
                                "\(fold.name): more than \(HostExecution.outputMax >> 20) MiB were"
                                + " printed, and the rest is missing",
                            remedy: "marionette exec --stream prints all"))
                }
                if let failure = fold.result.failure {
                    printDiagnostic(Diagnostic(summary: "\(fold.name): \(failure)"))
                }
            }
        }
        let failures = results.compactMap(\.result.failure)
        if !json { failures.forEach(printHostFailure) }
        if failures.contains(where: { if case .cancelled = $0 { true } else { false } }) {
            return Diagnostics.ExitCode.interrupted.rawValue
        }
        let codes = ended.map(\.result.shellStatus) + failures.map(\.exitCode.rawValue)
        return codes.max() ?? 0
    }
}

enum ExecError: DiagnosticError, Hashable {
    case inputUnreadable(String)
    case inputTooLarge(Int)

    var diagnostic: Diagnostic {
        switch self {
        case .inputUnreadable(let reason):
            Diagnostic(summary: "can't read standard input: \(reason)")
        case .inputTooLarge(let most):
            Diagnostic(
                summary: "standard input has more than \(most >> 20) MiB",
                remedy: "put it into a file that the hosts can read")
        }
    }

    var exitCode: Diagnostics.ExitCode { .failed }
}

/// A line of `marionette exec --json`; what is not known is left out.
private struct ExecLine: Encodable {
    let host: String
    let status: Int32?
    let output: String?
    let errors: String?
    let error: String?

    init(_ host: String, _ result: Result<CommandResult, DistributionError>) {
        self.host = host
        let ended = try? result.get()
        status = ended?.shellStatus
        output = ended?.outputText
        errors = ended?.errorText
        error = result.failure?.diagnostic.summary
    }
}

/// Whole lines of several hosts, each behind its host's name.
private final class HostLines: Sendable {
    private struct Stream: Hashable {
        var host: String
        var stream: ChannelStream
    }

    private struct State {
        /// Lines whose end has not come.
        var begun: [Stream: [UInt8]] = [:]
        /// Standard output took no more.
        var fault: OutputError?
    }

    private let state = Mutex(State())

    func add(_ host: String, _ stream: ChannelStream, _ bytes: [UInt8]) {
        let key = Stream(host: host, stream: stream)
        state.withLock { state in
            guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
                state.begun[key, default: []] += bytes
                return
            }
            let begun = state.begun[key] ?? []
            state.begun[key] = Array(bytes[(last + 1)...])
            print(key, begun + bytes[...last], &state)
        }
    }

    /// What ended without a line feed.
    ///
    /// - Throws: `OutputError` if standard output did not take everything.
    func end() throws {
        let fault = state.withLock { state in
            for (key, rest) in state.begun where !rest.isEmpty {
                print(key, rest + [UInt8(ascii: "\n")], &state)
            }
            state.begun = [:]
            return state.fault
        }
        if let fault { throw fault }
    }

    private func print(_ key: Stream, _ text: [UInt8], _ state: inout State) {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let told: [UInt8] = lines.dropLast().flatMap { line in
            Array("\(key.host): ".utf8) + line + [UInt8(ascii: "\n")]
        }
        do throws(OutputError) {
            try CommandOutput.write(
                told, to: key.stream == .output ? STDOUT_FILENO : STDERR_FILENO)
        } catch {
            // The commands are not ended for it.
            state.fault = state.fault ?? error
        }
    }
}

/// `exec  12 of 16 hosts, without pi3 and 3 more`, on a terminal alone.
private final class ExecProgress: Sendable {
    private let hosts: [String]
    private let ended = Mutex<Set<String>>([])

    init(hosts: [String]) { self.hosts = hosts }

    func end(_ host: String) {
        let left = ended.withLock { ended in
            ended.insert(host)
            return hosts.filter { !ended.contains($0) }
        }
        guard let first = left.first else { return }
        let more = left.count > 1 ? " and \(left.count - 1) more" : ""
        StatusBoard.standard.update(
            "exec", "\(hosts.count - left.count) of \(hosts.count) hosts, without \(first)\(more)")
    }

    func close() { StatusBoard.standard.close() }
}
