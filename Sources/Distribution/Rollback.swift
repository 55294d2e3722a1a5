import Transport

/// Takes an application back to its previous bundle, on all of some hosts or on none.
///
/// All hosts are looked at first, and nothing is done unless each has a current and a previous bundle,
/// and hosts of one target have the same. Then each host turns its links; where one can't, those that did
/// are turned back.
public struct Rollback: Sendable {
    /// From which bundle to which a host goes.
    public struct Turn: Hashable, Sendable {
        public var from: String
        public var to: String

        public init(from: String, to: String) {
            self.from = from
            self.to = to
        }

        public var back: Turn { Turn(from: to, to: from) }
    }

    public enum Outcome: Hashable, Sendable {
        case done
        /// All hosts are as they were; why the first ones of these failed.
        case turnedBack([DistributionError])
        /// Hosts could neither go on nor back: these, and why; and why it was to be taken back.
        case partial([String], [DistributionError])
    }

    private let connector: any HostConnector

    public init(connector: any HostConnector = StandardConnector()) { self.connector = connector }

    /// What is to be done on each host.
    ///
    /// - Throws: what keeps them from going back together.
    public static func plan(
        _ places: [StorePlace], _ inventories: [StoreInventory]
    ) throws(RollbackError) -> [Turn] {
        var turns: [Turn] = []
        var first: [String: (host: String, turn: Turn)] = [:]
        for (place, inventory) in zip(places, inventories) {
            let name = place.application
            guard let current = inventory.current[name] else {
                throw .nothingActive(host: place.host, application: name)
            }
            guard let previous = inventory.previous[name], previous != current else {
                throw .nothingBefore(host: place.host, application: name)
            }
            guard inventory.sizes[previous] != nil, inventory.sizes[".damaged-\(previous)"] == nil
            else { throw .previousMissing(host: place.host, bundle: previous) }
            let turn = Turn(from: current, to: previous)
            if let other = first[place.target], other.turn != turn {
                throw .differing(other.host, place.host, target: place.target)
            }
            first[place.target] = first[place.target] ?? (place.host, turn)
            turns.append(turn)
        }
        return turns
    }

    /// Does it. It is not cut off when the task is cancelled: each host takes a moment.
    public func run(_ places: [StorePlace], _ turns: [Turn]) async -> Outcome {
        let items = Array(zip(places, turns))
        let results = await turn(items)
        let failures = results.compactMap(\.failure)
        guard !failures.isEmpty else { return .done }
        // Also where no answer came: the host may have done it.
        let restored = await turn(items.map { ($0, $1.back) })
        let stuck = zip(places, zip(results, restored)).filter { _, both in
            both.1.failure != nil && !both.0.isUntouched
        }
        return stuck.isEmpty ? .turnedBack(failures) : .partial(stuck.map(\.0.host), failures)
    }

    private func turn(
        _ items: [(StorePlace, Turn)]
    ) async -> [Result<Void, DistributionError>] {
        let connector = connector
        let work = Task {
            await concurrently(items, width: Stores.widthMax) { place, turn in
                Result { () throws(DistributionError) in
                    try Self.turn(place, turn, connector)
                }
            }
        }
        return zip(items, await work.value).map { item, result in
            result ?? .failure(.cancelled(host: item.0.host))
        }
    }

    private static func turn(
        _ place: StorePlace, _ turn: Turn, _ connector: any HostConnector
    ) throws(DistributionError) {
        let result: CommandResult
        do throws(TransportError) {
            let connection = try connector.connect(to: place.endpoint, host: place.host)
            defer { connection.close() }
            result = try connection.run(
                script: RemoteScripts.turn,
                arguments: [
                    place.store ?? "", turn.from, place.application, Push.randomName(), turn.to,
                ])
        } catch {
            throw .transport(error)
        }
        let answers = Answers(result.outputText)
        guard answers["complete"] != nil, let leads = answers["leads"] else {
            throw StoreFailure(host: place.host, store: place.store, result: result).error
        }
        guard leads == turn.to else {
            throw .activatedMeanwhile(host: place.host, bundle: leads)
        }
    }
}

extension Result where Failure == DistributionError {
    fileprivate var failure: DistributionError? {
        if case .failure(let error) = self { error } else { nil }
    }

    /// The host was not reached, or said that it left things as they were.
    fileprivate var isUntouched: Bool {
        switch failure {
        case .activatedMeanwhile, .transport(.unreachable), .transport(.hostKeyUnknown),
            .transport(.hostKeyChanged), .transport(.hostKeyRevoked),
            .transport(.authenticationFailed), .transport(.configurationRefused),
            .transport(.configurationInvalid), .notPOSIX, .storeUntrusted:
            true
        default: false
        }
    }
}
