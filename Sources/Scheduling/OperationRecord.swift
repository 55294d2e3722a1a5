/// What the scheduler knows of one open operation. A million of them may wait: it is kept small.
struct OperationRecord: Sendable {
    struct Placement: Sendable {
        let host: HostID
        let number: UInt32
        /// Where it stands in the host's `held`.
        var seat: UInt32
        let sentAt: Instant
        /// What was added to the host's load for it.
        let cost: Double
    }

    let traits: OperationTraits
    let position: Position
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
    }

    var isPlaced: Bool { first != nil || second != nil }
    /// The one attempt, where there is just one.
    var onlyPlacement: Placement? { first == nil ? second : second == nil ? first : nil }

    func isPlaced(on host: HostID) -> Bool { first?.host == host || second?.host == host }

    mutating func place(
        on host: HostID, seat: Int, cost: Double, at now: Instant
    ) -> UInt32 {
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
