import ArgumentParser
import Debugging
import Diagnostics
import Dispatch
import Foundation
import InterfaceCompiler
import Inventory
import Marionette
import RunRecords
import SlaveBuild
import Transport

struct DebugCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug",
        abstract: "Attach gdb to a worker of the run that goes on.",
        discussion: """
            HOST means a worker that executes an operation, HOST:3 its worker 3, HOST:slave the slave \
            itself. The run holds the worker until gdb has attached and as long as gdb is there: no \
            update replaces it, and its operation is neither late nor executed twice. gdb runs here, \
            gdbserver on the host, and they talk through the SSH connection: no port is opened. \
            However gdb ends, the worker goes on.

            With --break, --next-crash and --operation the command waits for that worker. A HOST \
            restricts them to that host.

            Arguments after -- are gdb's own: marionette debug xeon -- --batch -ex bt
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var subject: HoldOptions

    @Flag(
        name: .customLong("print"),
        help: "Print gdb's command instead. gdb then asks the run as it attaches.")
    var isPrinted = false

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("gdb's own arguments.", valueName: "arguments")
    )
    var arguments: [String] = []

    func run() async throws {
        try await reportingErrors {
            let manifest = try Manifest.load(directory: project.directory)
            let build = ApplicationBuild(
                manifest: manifest, targets: [], toolchains: [:], data: try DataDirectory.find())
            let run = try RecordedRun(newestOf: manifest.directory)
            let attachment = Attachment(run: run, paths: build.paths, sources: build.sourceMap)
            let scene = scene(manifest, run)
            // Whatever keeps a debugger away is told before a worker stands still.
            _ = try DebuggerInvocation.debugger()
            var target: Attachment.Target?
            if let selection = try subject.selection() { target = try attachment.target(selection) }
            if isPrinted {
                try printCommand(attachment, try target ?? attachment.anyTarget(), scene)
                return
            }
            subject.tellWaiting()
            let (held, connection) = try subject.hold(in: run.directory)
            let there =
                try target
                ?? attachment.target(WorkerSelection(host: held.host, part: .anyWorker))
            connection.survive()
            if there.server == nil { connection.tellAttached() }
            let bridge =
                bridge(of: run) + [held.host, "--process", "\(held.process)"]
                + ["--server", there.server ?? "", "--connection", "\(connection.descriptor)"]
            let command = attachment.invocation(
                there, process: held.process, bridge: bridge, scene: scene, arguments: arguments
            ).command
            throw DebuggingError.notExecutable(program: command[0], reason: become(command))
        }
    }

    private func printCommand(
        _ attachment: Attachment, _ target: Attachment.Target, _ scene: DebuggerInvocation.Scene
    ) throws {
        guard let server = target.server else { throw DebuggingError.noServer(host: target.host) }
        var invocation = attachment.invocation(
            target, process: 0,
            bridge: bridge(of: attachment.run) + ["--server", server] + subject.words,
            scene: scene, arguments: arguments)
        invocation.isPatient = true
        try printResult(shellQuoted(invocation.command))
    }

    private func bridge(of run: RecordedRun) -> [String] {
        [ownExecutable, "debug-bridge", "--run", run.directory]
    }

    private func scene(_ manifest: Manifest, _ run: RecordedRun) -> DebuggerInvocation.Scene {
        if subject.nextCrash { return .crash }
        guard let operation = subject.operationName else { return .anywhere }
        // The names that Swift gives to functions are its own.
        guard let language = manifest.application?.worker.language, language != .swift else {
            return .operation(function: nil)
        }
        let application = run.description.application.snakeCased
        return .operation(function: "\(application)_\(operation.snakeCased)")
    }
}

/// The path of this program.
var ownExecutable: String {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return path ?? CommandLine.arguments[0]
}

/// What gdb is told to start as the other end of `target remote |`.
struct DebugBridgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug-bridge",
        abstract: "Carry gdb's words to a gdbserver on a host.", shouldDisplay: false)

    @OptionGroup var subject: HoldOptions

    @Option(name: .customLong("run"), help: "The run's directory.")
    var runDirectory: String

    @Option(help: "The process, if the run holds it already.")
    var process: Int32?

    @Option(help: "The connection that holds it.")
    var connection: Int32?

    @Option(help: "The path of gdbserver there.")
    var server: String

    func run() async throws {
        try await reportingErrors {
            // Ctrl-C at the terminal is meant for gdb, which sends it on as a word of its protocol.
            signal(SIGINT, SIG_IGN)
            let stop = try StopPipe()
            let (host, process, hold) = try held()
            func tellReason(within limit: Duration) {
                guard let reason = hold.reason(within: limit) else { return }
                printDiagnostic(Diagnostic(summary: reason.neutral))
            }
            defer {
                tellReason(within: .zero)
                hold.end()
            }
            let description = try RunDescription(
                contentsOf: RunRecord.description(in: runDirectory))
            guard let target = description.hosts.first(where: { $0.name == host }) else {
                throw DebuggingError.unknownHost(
                    host: host, known: description.hosts.map(\.name))
            }
            let connection = try StandardConnector().connect(to: target.endpoint, host: host)
            defer { connection.close() }
            var bridge = try DebugBridge(
                to: process, server: server, over: connection, stop: stop.readEnd,
                attached: { hold.tellAttached() },
                // gdb says how the process ended, the run why. gdb reads no more afterwards.
                ended: { tellReason(within: .seconds(1)) })
            try bridge.carry()
        }
    }

    private func held() throws -> (host: String, process: Int32, HoldConnection) {
        if let process, let connection, let host = subject.host {
            return (host, process, HoldConnection(descriptor: connection))
        }
        let (held, connection) = try subject.hold(in: runDirectory)
        return (held.host, held.process, connection)
    }
}

/// A descriptor that becomes readable when this process is told to end.
private final class StopPipe {
    let readEnd: Int32
    private let writeEnd: Int32
    private var sources: [any DispatchSourceSignal] = []

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw DebuggingError.notExecutable(
                program: "debug-bridge", reason: String(cString: strerror(errno)))
        }
        readEnd = ends[0]
        writeEnd = ends[1]
        sources = [SIGTERM, SIGHUP].map { [writeEnd] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { _ = write(writeEnd, "x", 1) }
            source.resume()
            return source
        }
    }

    deinit {
        sources.forEach { $0.cancel() }
        close(readEnd)
        close(writeEnd)
    }
}
