import Transport

/// Asks and changes the stores of many hosts at once, each over a connection of its own.
public struct Stores: Sendable {
    /// How many hosts are asked at once.
    public static let widthMax = 32

    private let connector: any HostConnector

    public init(connector: any HostConnector = StandardConnector()) { self.connector = connector }

    /// - Returns: a result for each place, in their order.
    public func inventories(
        of places: [StorePlace]
    ) async -> [Result<StoreInventory, DistributionError>] {
        await ask(places, RemoteScripts.inventory, read: StoreInventory.init(answer:))
    }

    /// Reads every file of every bundle there.
    ///
    /// - Parameter marks: bundles that are damaged are marked, so that the next push replaces them.
    public func verify(
        _ places: [StorePlace], marks: Bool = true
    ) async -> [Result<StoreVerification, DistributionError>] {
        var limits = RunLimits()
        // A disk of a small host that reads gigabytes says nothing meanwhile.
        limits.silenceMax = .seconds(1_800)
        return await ask(
            places, RemoteScripts.verify, limits: limits, arguments: { _ in marks ? [] : ["-n"] },
            read: StoreVerification.init(answer:))
    }

    /// Removes entries of the stores, unless they became current or previous meanwhile.
    ///
    /// - Returns: the names that were removed.
    public func remove(
        _ names: [StorePlace: [String]], from places: [StorePlace]
    ) async -> [Result<[String], DistributionError>] {
        await ask(
            places, RemoteScripts.remove, arguments: { _ in [Push.randomName()] },
            input: { (names[$0] ?? []).map { $0 + "\n" }.joined() }
        ) { answer -> [String]? in
            guard Answers(answer)["complete"] != nil else { return nil }
            return answer.split(whereSeparator: \.isNewline).compactMap { line in
                line.hasPrefix("removed ") ? String(line.dropFirst(8)).neutral : nil
            }
        }
    }

    private func ask<Value: Sendable>(
        _ places: [StorePlace], _ script: String, limits: RunLimits = RunLimits(),
        arguments: @escaping @Sendable (StorePlace) -> [String] = { _ in [] },
        input: (@Sendable (StorePlace) -> String)? = nil,
        read: @escaping @Sendable (String) -> Value?
    ) async -> [Result<Value, DistributionError>] {
        let results = await concurrently(places, width: Self.widthMax, over: connector) {
            place, connector in
            Result { () throws(DistributionError) -> Value in
                let result: CommandResult
                do throws(TransportError) {
                    let connection = try connector.connect(to: place.endpoint, host: place.host)
                    defer { connection.close() }
                    result = try connection.run(
                        script: script,
                        arguments: [place.store ?? "", place.bundle ?? ""] + arguments(place),
                        input: input.map { BytesSource($0(place).utf8) }, limits: limits)
                } catch {
                    throw .transport(error)
                }
                guard let value = read(result.outputText) else {
                    throw StoreFailure(
                        host: place.host, store: place.store, bundle: place.bundle, result: result
                    ).error
                }
                return value
            }
        }
        return zip(places, results).map { place, result in
            result ?? .failure(.cancelled(host: place.host))
        }
    }
}

/// Why a script failed that looks at a store, from its status and its words.
struct StoreFailure {
    var host: String
    var store: String?
    var bundle: String?
    var result: CommandResult

    var error: DistributionError {
        let answers = Answers(result.outputText)
        let reason = result.errorText.firstLine
        let store = answers["store"] ?? store ?? ""
        if let untrusted = answers["untrusted"] {
            let parts = untrusted.split(separator: " ", maxSplits: 1).map(String.init)
            let path = parts.last ?? store
            return .storeUntrusted(
                host: host, path: path, owner: parts.first.flatMap { Int($0) },
                isBundle: bundle.map { path.hasSuffix("/bundles/\($0)") } ?? false)
        }
        switch result.ending {
        case .untold: return .transport(.lost(host: host, reason: "no status came"))
        case .exited(status: 64) where answers["tool"] != nil:
            return .toolMissing(host: host, tool: answers["tool"] ?? "")
        case .exited(status: 75):
            return .transport(.lost(host: host, reason: "the host hung up"))
        case _ where answers["store"] == nil: return .notPOSIX(host: host, answer: reason)
        default: return .storeUnusable(host: host, store: store, reason: reason)
        }
    }
}
