import Foundation
import RunRecords
import SlaveBuild
import Transport

/// Everything that stands between `marionette debug` and gdb's command line.
public struct Attachment: Sendable {
    /// What was found out of a host: its workers are all of one program.
    public struct Target: Hashable, Sendable {
        public var host: String
        var debugger: String
        var symbols: String
        /// The path of gdbserver there; nil: gdb attaches by itself, on this machine.
        public var server: String?
    }

    public var run: RecordedRun
    /// The build of the project, which keeps the unstripped ELF files.
    public var paths: BuildPaths
    public var sources: [SourceMapping]
    public var connector: any HostConnector
    public var environment: [String: String]

    public init(
        run: RecordedRun, paths: BuildPaths, sources: [SourceMapping],
        connector: any HostConnector = StandardConnector(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.run = run
        self.paths = paths
        self.sources = sources
        self.connector = connector
        self.environment = environment
    }

    /// Asks the host, and checks all that can be checked before a worker stands still. The slave is
    /// asked about, since it is there as long as the host is.
    public func target(_ selection: WorkerSelection) throws(AttachError) -> Target {
        let (process, who, host) = try selected(selection)
        let debugger: String
        do throws(DebuggingError) {
            debugger = try DebuggerInvocation.debugger(environment: environment)
        } catch {
            throw .debugging(error)
        }
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
        return Target(
            host: host.name, debugger: debugger, symbols: symbols, server: probe.server)
    }

    /// That of the first host that a debugger can enter, for whoever does not know yet on which it will
    /// be.
    public func anyTarget() throws(AttachError) -> Target {
        var refusal: AttachError?
        for host in run.hostNames {
            do throws(AttachError) {
                return try target(WorkerSelection(host: host, part: .anyWorker))
            } catch {
                refusal = refusal ?? error
            }
        }
        throw refusal ?? .debugging(.noRun(directory: paths.root))
    }

    /// - Parameter bridge: the command that carries gdb's words to the host, if gdb needs it.
    public func invocation(
        _ target: Target, process: Int32, bridge: [String], scene: DebuggerInvocation.Scene,
        arguments: [String]
    ) -> DebuggerInvocation {
        // gdbserver also for a process of this machine: the bridge sees to it that the worker goes
        // on where gdb is killed, which ptrace alone would not (breakpoints stay in the code).
        DebuggerInvocation(
            debugger: target.debugger, symbols: target.symbols, sources: sources,
            way: target.server == nil ? .process(process) : .bridge(command: bridge),
            scene: scene, arguments: arguments)
    }

    private func selected(_ selection: WorkerSelection) throws(AttachError) -> (
        process: Int32, who: String, host: RunDescription.HostDescription
    ) {
        do throws(DebuggingError) {
            let (process, who) = try run.processes.find(selection, known: run.hostNames)
            return (process, who, try run.host(named: selection.host))
        } catch {
            throw .debugging(error)
        }
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
}

/// As targets begin with it: `x86_64`.
private var machineArchitecture: String {
    var names = utsname()
    uname(&names)
    return withUnsafeBytes(of: &names.machine) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
