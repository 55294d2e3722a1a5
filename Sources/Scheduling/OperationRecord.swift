/// What the scheduler knows of one open operation.
struct OperationRecord: Sendable {
    struct Placement: Hashable, Sendable {
        let host: HostID
        let number: UInt32
        let sentAt: Instant
    }

    let traits: OperationTraits
    let position: Position
    var attempts: UInt32 = 0
    var kills = 0
    /// The attempts whose result would count; a pure operation may have two.
    var first: Placement?
    var second: Placement?

    init(traits: OperationTraits, position: Position) {
        self.traits = traits
        self.position = position
    }

    var placements: [Placement] { [first, second].compactMap(\.self) }
    var isPlaced: Bool { first != nil || second != nil }

    func isPlaced(on host: HostID) -> Bool { first?.host == host || second?.host == host }

    mutating func place(on host: HostID, at now: Instant) -> UInt32 {
        attempts += 1
        let placement = Placement(host: host, number: attempts, sentAt: now)
        if first == nil { first = placement } else { second = placement }
        return attempts
    }

    /// Whether the attempt was one that counts.
    mutating func take(host: HostID, number: UInt32) -> Bool {
        if let first, first.host == host, first.number == number {
            self.first = nil
            return true
        }
        if let second, second.host == host, second.number == number {
            self.second = nil
            return true
        }
        return false
    }
}
