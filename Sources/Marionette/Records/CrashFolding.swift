import RunRecords

/// An operation crashed in a worker.
struct Crash: Hashable, Sendable {
    var host: String
    var target: String
    var procedure: String
    var operation: OperationPlace
    var signal: String
}

/// Reports each crash once: the same place again is only counted, until the run ends.
struct CrashFolding {
    private struct Key: Hashable {
        var procedure: String
        var place: String
    }

    private struct Tally {
        var count = 0
        var hosts: [String] = []
    }

    /// Distinct places that are reported; a program that crashes everywhere says nothing new.
    static let placesMax = 32

    private var order: [Key] = []
    private var tallies: [Key: Tally] = [:]

    /// What is to be printed now.
    mutating func lines(of crash: Crash, _ text: CrashText) -> [String] {
        // Without a name the target's addresses are all there is to compare.
        let place = text.place ?? "\(crash.target) \(text.lines.first ?? "")"
        let key = Key(procedure: crash.procedure, place: place)
        let isNew = tallies[key] == nil
        if isNew {
            guard order.count < Self.placesMax else { return [] }
            order.append(key)
        }
        tallies[key, default: Tally()].count += 1
        if tallies[key]?.hosts.contains(crash.host) == false {
            tallies[key]?.hosts.append(crash.host)
        }
        guard isNew else { return [] }
        let head =
            "\(crash.host) (\(crash.target)): '\(crash.procedure)' crashed: \(text.cause)"
            + " (\(crash.signal))"
        return [head] + text.lines.map { "  \($0)" }
    }

    /// What is to be printed at the end: places where more than one worker crashed.
    var summary: [String] {
        order.compactMap { key in
            guard let tally = tallies[key], tally.count > 1, let first = tally.hosts.first else {
                return nil
            }
            let others = tally.hosts.count - 1
            let rest = others == 0 ? "" : " and \(others) more \(others == 1 ? "host" : "hosts")"
            return "'\(key.procedure)' crashed \(tally.count) times at \(key.place), on \(first)"
                + rest
        }
    }
}
