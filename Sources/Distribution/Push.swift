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
    let connector: any HostConnector
    let clock: any Clock<Duration>

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
        _ order: PushOrder, sharing: StoreSharing = StoreSharing(),
        progress: (@Sendable (Int) -> Void)? = nil
    ) throws(DistributionError) -> PushOutcome {
        let connection = try connect(order)
        defer { connection.close() }
        return try run(order, over: connection, sharing: sharing, progress: progress)
    }

    func connect(_ order: PushOrder) throws(DistributionError) -> any HostConnection {
        do {
            return try connector.connect(to: order.endpoint, host: order.host)
        } catch {
            throw .transport(error)
        }
    }

    /// Pushes over a connection, and leaves it open.
    ///
    /// - Parameter sharing: of the pushes that go on at once: where several hosts have one store, one of
    ///   them is served, and the others look again when it was. A token may lie (machines whose disks
    ///   were copied have the same): who finds nothing then is served as well.
    public func run(
        _ order: PushOrder, over connection: any HostConnection,
        sharing: StoreSharing = StoreSharing(), progress: (@Sendable (Int) -> Void)? = nil
    ) throws(DistributionError) -> PushOutcome {
        var present = try look(order, connection)
        if present.state == .yes { return try present.outcome(.alreadyThere, of: order) }
        if let token = present.token {
            let key = StoreSharing.Key(token: token, bundle: order.bundle.digest.description)
            switch sharing.claim(key, host: order.host) {
            case .first(let isDone):
                defer { isDone.signal() }
                return try serve(order, connection, present, progress: progress)
            case .after(let other):
                present = try look(order, connection)
                if present.state == .yes {
                    return try present.outcome(.shared(with: other), of: order)
                }
            }
        }
        return try serve(order, connection, present, progress: progress)
    }

    private func serve(
        _ order: PushOrder, _ connection: any HostConnection, _ present: StoreLook,
        progress: (@Sendable (Int) -> Void)?
    ) throws(DistributionError) -> PushOutcome {
        var present = present
        let elapsed = try measure { () throws(DistributionError) in
            present.add(try install(order, connection, over: present.state, progress: progress))
        }
        let seconds = elapsed / .seconds(1)
        return try present.outcome(.pushed(bytes: order.bundle.size, seconds: seconds), of: order)
    }

    private func look(
        _ order: PushOrder, _ connection: any HostConnection
    ) throws(DistributionError) -> StoreLook {
        let result: CommandResult
        do {
            result = try connection.run(
                script: RemoteScripts.look,
                arguments: [
                    order.store ?? "", order.bundle.digest.description, order.current ?? "",
                    Self.randomName(),
                ])
        } catch {
            throw .transport(error)
        }
        let answers = Answers(result.outputText)
        guard result.ending == .exited(status: 0), let look = StoreLook(result) else {
            throw PushFailure(order: order, result: result).error
        }
        // Its binaries would start, and die of the first instruction that this processor does not have.
        if order.emulator.isEmpty,
            let shortage = order.architecture.shortage(of: answers.processor)
        {
            throw .processorLacks(
                host: order.host, target: order.architecture.target, words: shortage)
        }
        return look
    }

    private func install(
        _ order: PushOrder, _ connection: any HostConnection, over present: StoreLook.State,
        progress: (@Sendable (Int) -> Void)?
    ) throws(DistributionError) -> CommandResult {
        let result: CommandResult
        do {
            let source = try FileSource(path: order.bundle.path, progress: progress)
            result = try connection.run(
                script: RemoteScripts.install,
                arguments: [
                    order.store ?? "", order.bundle.digest.description, order.current ?? "",
                    Self.randomName(), present.rawValue,
                ] + order.emulator,
                input: source)
        } catch {
            throw .transport(error)
        }
        guard result.ending == .exited(status: 0) else {
            throw PushFailure(order: order, result: result).error
        }
        return result
    }

    /// Up to 16 hexadecimal digits.
    static func randomName() -> String {
        String(UInt64.random(in: 0...UInt64.max), radix: 16)
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

/// A store as a push finds it.
struct StoreLook {
    enum State: String { case yes, no, damaged }

    var state: State
    /// The path that the slave has there, or will have.
    var slave: String
    var token: String?
    private var current: String?
    private var displaced: String?
    /// What was said of the links.
    private var result: CommandResult

    /// nil where the script did not say it all.
    init?(_ result: CommandResult) {
        let answers = Answers(result.outputText)
        guard let slave = answers["slave"],
            let state = answers["present"].flatMap(State.init(rawValue:))
        else { return nil }
        self.state = state
        self.slave = slave
        self.result = result
        token = answers["token"]
        add(result)
    }

    /// What the script says that installed the bundle.
    mutating func add(_ result: CommandResult) {
        let answers = Answers(result.outputText)
        slave = answers["slave"] ?? slave
        current = answers["current"]
        displaced = answers["displaced"]
        self.result = result
    }

    func outcome(
        _ kind: PushOutcome.Result, of order: PushOrder
    ) throws(DistributionError) -> PushOutcome {
        guard current != nil || !order.needsCurrent else {
            var failed = result
            let status = Answers(result.outputText).positive("unactivated")
            failed.ending = .exited(status: Int32(clamping: status ?? 73))
            throw PushFailure(order: order, result: failed).error
        }
        return PushOutcome(
            result: kind, slave: slave, current: current, token: token, displaced: displaced)
    }
}
