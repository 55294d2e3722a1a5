import ArgumentParser
import Debugging
import Dispatch
import Foundation
import Inventory
import RunRecords
import SlaveBuild
import Transport

struct DebugCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug",
        abstract: "Attach gdb to a worker of the run that goes on.",
        discussion: """
            HOST means its first worker, HOST:3 its worker 3, HOST:slave the slave itself. gdb runs \
            here, gdbserver on the host, and they talk through the SSH connection: no port is opened. \
            However gdb ends, the worker goes on.

            Arguments after -- are gdb's own: marionette debug xeon -- --batch -ex bt
            """)

    @OptionGroup var project: ProjectOptions

    @Argument(help: ArgumentHelp("What to attach to.", valueName: "host[:worker]"))
    var selection: String

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("gdb's own arguments.", valueName: "arguments")
    )
    var arguments: [String] = []

    func run() async throws {
        try await reportingErrors {
            let selection = try WorkerSelection(selection)
            let manifest = try Manifest.load(directory: project.directory)
            let build = ApplicationBuild(
                manifest: manifest, targets: [], toolchains: [:], data: try DataDirectory.find())
            let attachment = Attachment(
                run: try RecordedRun(newestOf: manifest.directory), selection: selection,
                paths: build.paths, sources: build.sourceMap, marionette: executablePath)
            let command = try attachment.prepare(arguments: arguments).command
            throw DebuggingError.notExecutable(program: command[0], reason: become(command))
        }
    }

    private var executablePath: String {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return path ?? CommandLine.arguments[0]
    }
}

/// What gdb is told to start as the other end of `target remote |`.
struct DebugBridgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug-bridge",
        abstract: "Carry gdb's words to a gdbserver on a host.", shouldDisplay: false)

    @Option(name: .customLong("run"), help: "The run's description.")
    var runFile: String

    @Option(help: "The host's name.")
    var host: String

    @Option(help: "The process there.")
    var process: Int32

    @Option(help: "The path of gdbserver there.")
    var server: String

    func run() async throws {
        try await reportingErrors {
            // Ctrl-C at the terminal is meant for gdb, which sends it on as a word of its protocol.
            signal(SIGINT, SIG_IGN)
            let stop = try StopPipe()
            let description = try RunDescription(contentsOf: runFile)
            guard let target = description.hosts.first(where: { $0.name == host }) else {
                throw DebuggingError.unknownHost(
                    host: host, known: description.hosts.map(\.name))
            }
            let connection = try StandardConnector().connect(to: target.endpoint, host: host)
            defer { connection.close() }
            var bridge = try DebugBridge(
                to: process, server: server, over: connection, stop: stop.readEnd)
            try bridge.carry()
        }
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
