import Foundation
import Inventory
import RunRecords
import SlaveBuild
import Transport

/// Everything that stands between `marionette debug HOST:WORKER` and gdb's command line.
public struct Attachment: Sendable {
    public var run: RecordedRun
    public var selection: WorkerSelection
    /// The build of the project, which keeps the unstripped ELF files.
    public var paths: BuildPaths
    public var sources: [SourceMapping]
    /// The path of the marionette command, whose hidden part carries gdb's words to the host.
    public var marionette: String
    public var connector: any HostConnector
    public var environment: [String: String]

    public init(
        run: RecordedRun, selection: WorkerSelection, paths: BuildPaths,
        sources: [SourceMapping], marionette: String,
        connector: any HostConnector = StandardConnector(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.run = run
        self.selection = selection
        self.paths = paths
        self.sources = sources
        self.marionette = marionette
        self.connector = connector
        self.environment = environment
    }

    /// Asks the host, and checks all that can be checked before gdb is started.
    public func prepare(arguments: [String]) throws(AttachError) -> DebuggerInvocation {
        let (process, who, host) = try selected()
        let debugger = try self.debugger()
        let connection: any HostConnection
        do throws(TransportError) {
            connection = try connector.connect(to: host.endpoint, host: host.name)
        } catch {
            throw .transport(error)
        }
        defer { connection.close() }
        let probe = try ProcessProbe(process: process, who: who, over: connection)
        try judge(probe, host: host, who: who)
        let symbols = try symbols(for: probe, host: host, who: who)
        return DebuggerInvocation(
            debugger: debugger, symbols: symbols, sources: sources,
            way: way(to: process, host: host, probe: probe), arguments: arguments)
    }

    private func selected() throws(AttachError) -> (
        process: Int32, who: String, host: RunDescription.HostDescription
    ) {
        do throws(DebuggingError) {
            let (process, who) = try run.processes.find(selection, known: run.hostNames)
            return (process, who, try run.host(named: selection.host))
        } catch {
            throw .debugging(error)
        }
    }

    /// gdb-multiarch before gdb: the plain one knows this machine's architecture only.
    private func debugger() throws(AttachError) -> String {
        if let named = environment["MARIONETTE_GDB"], !named.isEmpty { return named }
        let names = ["gdb-multiarch", "gdb"]
        let found = names.lazy.flatMap { Programs.named($0, environment: environment) }.first
        guard let found else { throw .debugging(.noDebugger(tried: names)) }
        return found
    }

    private func judge(
        _ probe: ProcessProbe, host: RunDescription.HostDescription, who: String
    ) throws(AttachError) {
        if let emulator = probe.emulator {
            throw .debugging(
                .emulated(
                    host: host.name, who: who, emulator: emulator, native: nativeHost(but: host)))
        }
        if probe.isForbidden {
            throw .debugging(.attachForbidden(host: host.name, scope: probe.scope ?? 0))
        }
        // On this machine gdb can attach by itself.
        if probe.server == nil, host.endpoint != .local {
            throw .debugging(.noServer(host: host.name))
        }
    }

    /// A host of this machine's architecture is no guest of an emulator.
    private func nativeHost(but other: RunDescription.HostDescription) -> String? {
        run.description.hosts.first { host in
            host.name != other.name && host.target.hasPrefix(machineArchitecture + "-")
                && !(run.processes.hosts[host.name]?.workers.isEmpty ?? true)
        }?.name
    }

    private func symbols(
        for probe: ProcessProbe, host: RunDescription.HostDescription, who: String
    ) throws(AttachError) -> String {
        guard let id = buildId(inFirstBytes: probe.head) else {
            throw .debugging(.noBuildId(host: host.name, who: who))
        }
        guard let path = paths.anyDebugFile(target: host.target, buildId: id) else {
            throw .debugging(
                .noSymbols(
                    host: host.name, target: host.target, buildId: id,
                    path: paths.debugFile(target: host.target, buildId: id)))
        }
        return path
    }

    private func way(
        to process: Int32, host: RunDescription.HostDescription, probe: ProcessProbe
    ) -> DebuggerInvocation.Way {
        guard let server = probe.server else { return .process(process) }
        // gdbserver also for a process of this machine: the bridge sees to it that the worker goes
        // on where gdb is killed, which ptrace alone would not (breakpoints stay in the code).
        return .bridge(command: [
            marionette, "debug-bridge", "--run",
            RunRecord.description(in: run.description.directory),
            "--host", host.name, "--process", "\(process)", "--server", server,
        ])
    }
}

/// As targets begin with it: `x86_64`.
private var machineArchitecture: String {
    var names = utsname()
    uname(&names)
    return withUnsafeBytes(of: &names.machine) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
