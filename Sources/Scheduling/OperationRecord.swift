/// What the scheduler knows of one open operation. A million of them may wait: it is kept small.
struct OperationRecord: Sendable {
    struct Placement: Sendable {
        let host: HostID
        let number: UInt32
        /// Where it stands in the host's `held`.
        var seat: UInt32
        var sentAt: Instant
        /// What was added to the host's load for it.
        var cost: Double
    }

    private(set) var traits: OperationTraits
    let position: Position
    /// It was submitted for several operations.
    let isGroup: Bool
    var attempts: UInt32 = 0
    var kills: UInt32 = 0
    /// Its name stands in a queue.
    var isQueued = true
    /// The host where it failed last; another one is preferred.
    var failedOn: HostID?
    /// The attempts whose result would count; a pure operation may have two.
    var first: Placement?
    var second: Placement?

    init(traits: OperationTraits, position: Position) {
        self.traits = traits
        self.position = position
        isGroup = traits.count > 1
    }

    /// So much time does not count, since a debugger looked at its worker.
    mutating func pause(for time: Duration) {
        traits.deadline = traits.deadline?.advanced(by: time)
        if let first { self.first?.sentAt = first.sentAt.advanced(by: time) }
        if let second { self.second?.sentAt = second.sentAt.advanced(by: time) }
    }

    /// One operation of a group, that killed its worker under this attempt: it goes its own way.
    init(alone attempt: AttemptID, from group: OperationRecord) {
        traits = group.traits
        traits.count = 1
        position = group.position
        isGroup = false
        attempts = attempt.number
        kills = 1
        isQueued = false
    }

    /// One operation left the group; returns what its hosts no longer have to do for it.
    mutating func leave() -> [Placement] {
        let share = 1 / Double(traits.count)
        traits.count -= 1
        return [first, second].compactMap(\.self).map { placement in
            var left = placement
            left.cost *= share
            if first?.host == left.host { first?.cost -= left.cost }
            if second?.host == left.host { second?.cost -= left.cost }
            return left
        }
    }

    var count: Int { Int(traits.count) }
    var isPlaced: Bool { first != nil || second != nil }
    /// The one attempt, where there is just one.
    var onlyPlacement: Placement? { first == nil ? second : second == nil ? first : nil }

    func isPlaced(on host: HostID) -> Bool { first?.host == host || second?.host == host }

    func isPlaced(on host: HostID, number: UInt32) -> Bool {
        first?.host == host && first?.number == number
            || second?.host == host && second?.number == number
    }

    mutating func place(
        on host: HostID, seat: Int, cost: Double, at now: Instant
    ) -> UInt32 {
        precondition(first == nil || second == nil, "an operation is at three hosts")
        isQueued = false
        attempts += 1
        let placement = Placement(
            host: host, number: attempts, seat: UInt32(seat), sentAt: now, cost: cost)
        if first == nil { first = placement } else { second = placement }
        return attempts
    }

    /// The attempt as it was placed, where it is one that counts. It no longer is afterwards.
    mutating func take(host: HostID, number: UInt32) -> Placement? {
        if let first, first.host == host, first.number == number {
            self.first = nil
            return first
        }
        if let second, second.host == host, second.number == number {
            self.second = nil
            return second
        }
        return nil
    }

    mutating func move(host: HostID, number: UInt32, toSeat seat: UInt32) {
        if first?.host == host, first?.number == number {
            first?.seat = seat
        } else if second?.host == host, second?.number == number {
            second?.seat = seat
        }
    }
}
