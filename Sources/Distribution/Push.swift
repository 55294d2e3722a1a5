import Archives
import Transport

/// Brings bundles into the stores of hosts.
///
/// Nothing is taken from a store, and nothing executed in it, that a user other than this one and root
/// could change. A bundle that is damaged is replaced.
///
/// A store is `bundles/DIGEST/` under its directory, whole directories only: the archive is
/// unpacked beside its place, the slave in it checks every file against the manifest and publishes
/// the directory by one rename. Who comes second finds it there. Every other way out leaves nothing
/// behind.
public struct Push: Sendable {
    private let connector: any HostConnector
    private let clock: any Clock<Duration>

    public init(
        connector: any HostConnector = StandardConnector(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.connector = connector
        self.clock = clock
    }

    /// Connects, and pushes; blocks its thread.
    ///
    /// - Parameter progress: is called with the bytes of the archive that have left so far; never
    ///   where the bundle is there already.
    public func run(
        _ order: PushOrder, progress: (@Sendable (Int) -> Void)? = nil
    ) throws(DistributionError) -> PushOutcome {
        let connection = try connect(order)
        defer { connection.close() }
        return try run(order, over: connection, progress: progress)
    }

    func connect(_ order: PushOrder) throws(DistributionError) -> any HostConnection {
        do {
            return try connector.connect(to: order.endpoint, host: order.host)
        } catch {
            throw .transport(error)
        }
    }

    /// Pushes over a connection, and leaves it open.
    public func run(
        _ order: PushOrder, over connection: any HostConnection,
        progress: (@Sendable (Int) -> Void)? = nil
    ) throws(DistributionError) -> PushOutcome {
        let present = try look(order, connection)
        if present.state == .yes {
            return PushOutcome(
                result: .alreadyThere, slave: present.slave,
                current: try activate(order, connection))
        }
        var slave = present.slave
        let elapsed = try measure { () throws(DistributionError) in
            let path = try install(order, connection, over: present.state, progress: progress)
            slave = path ?? slave
        }
        let seconds = elapsed / .seconds(1)
        return PushOutcome(
            result: .pushed(bytes: order.bundle.size, seconds: seconds), slave: slave,
            current: try activate(order, connection))
    }

    /// - Returns: the link's path; nil: none was asked for.
    private func activate(
        _ order: PushOrder, _ connection: any HostConnection
    ) throws(DistributionError) -> String? {
        guard let name = order.current else { return nil }
        let result: CommandResult
        do {
            result = try connection.run(
                script: RemoteScripts.activate,
                arguments: [order.store ?? "", order.bundle.digest.description, name])
        } catch {
            throw .transport(error)
        }
        guard let path = Answers(result.outputText)["current"] else {
            throw PushFailure(order: order, result: result).error
        }
        return path
    }

    /// The bundle in the store, as `RemoteScripts.look` says it.
    private enum Presence: String { case yes, no, damaged }

    private func look(
        _ order: PushOrder, _ connection: any HostConnection
    ) throws(DistributionError) -> (state: Presence, slave: String) {
        let result: CommandResult
        do {
            result = try connection.run(
                script: RemoteScripts.look,
                arguments: [order.store ?? "", order.bundle.digest.description])
        } catch {
            throw .transport(error)
        }
        let answers = Answers(result.outputText)
        guard let slave = answers["slave"],
            let present = answers["present"].flatMap(Presence.init(rawValue:))
        else {
            throw PushFailure(order: order, result: result).error
        }
        // Its binaries would start, and die of the first instruction that this processor does not have.
        if order.emulator.isEmpty,
            let shortage = order.architecture.shortage(of: answers.processor)
        {
            throw .processorLacks(
                host: order.host, target: order.architecture.target, words: shortage)
        }
        return (present, slave)
    }

    /// - Returns: the slave's path, as the host says it.
    private func install(
        _ order: PushOrder, _ connection: any HostConnection, over present: Presence,
        progress: (@Sendable (Int) -> Void)?
    ) throws(DistributionError) -> String? {
        let result: CommandResult
        do {
            let source = try FileSource(path: order.bundle.path, progress: progress)
            let token = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            result = try connection.run(
                script: RemoteScripts.install,
                arguments: [
                    order.store ?? "", order.bundle.digest.description, token, present.rawValue,
                ]
                    + order.emulator,
                input: source)
        } catch {
            throw .transport(error)
        }
        guard result.ending == .exited(status: 0) else {
            throw PushFailure(order: order, result: result).error
        }
        return Answers(result.outputText)["slave"]
    }

    private func measure(
        _ work: () throws(DistributionError) -> Void
    ) throws(DistributionError) -> Duration {
        func time<C: Clock>(_ clock: C) throws(DistributionError) -> Duration
        where C.Duration == Duration {
            let start = clock.now
            try work()
            return start.duration(to: clock.now)
        }
        return try time(clock)
    }
}
