/// The updates of a run in program order, which positions operations are open at, and so what a
/// host that joins has to be told, which positions are dead, and which versions can still be read.
///
/// **Compaction.** An update that replaces an earlier one (another version of the same variable,
/// or a context operation that says so) makes the earlier one superfluous for every position from
/// its own on. The earlier one is left out as soon as no operation is open between the two: then
/// nobody can see the difference. Positions keep their numbers.
struct UpdateLog: Sendable {
    /// What an update may replace.
    private enum Subject: Hashable {
        case context(procedure: UInt32)
        case shared(slot: Int)
    }

    /// An update that a later one replaces, but not for operations that are open in between.
    private struct Replaced {
        let position: Position
        let by: Position
    }

    private struct OpenAt {
        var count = 1
        /// Replaced updates that the operations here still see; each waits at one open position.
        var seen: [Replaced] = []
    }

    private struct VersionFrom {
        let position: Position
        let version: UInt64
        let bytes: UInt64
    }

    /// What is no longer needed: the update's content, and the version that it introduced.
    struct Dropped {
        let position: Position
        let version: SharedVersion?
    }

    /// The position of the last update; 0 before the first.
    private(set) var last: Position = 0
    private var open = PositionMap<OpenAt>()
    /// The updates that a joining host is told. The value tells the slot that was written.
    private var kept = PositionMap<Int?>()
    private var newest: [Subject: Position] = [:]
    /// By slot, ascending by position.
    private var versions: [[VersionFrom]] = []

    var openCount: Int { open.count }
    var keptCount: Int { kept.count }
    var versionCount: Int { versions.reduce(0) { $0 + $1.count } }

    func isOpen(_ position: Position) -> Bool { open.contains(position) }

    // MARK: Updates

    /// Takes the next position; returns it and what it replaced for good.
    mutating func append(_ change: Change) -> (position: Position, dropped: [Dropped]) {
        last += 1
        var subject: Subject?
        switch change {
        case .context(let procedure, let replacing):
            if replacing { subject = .context(procedure: procedure) }
            kept.append(nil, at: last)
        case .shared(let shared, let bytes):
            subject = .shared(slot: shared.slot)
            kept.append(shared.slot, at: last)
            while versions.count <= shared.slot { versions.append([]) }
            versions[shared.slot].append(
                VersionFrom(position: last, version: shared.version, bytes: bytes))
        }
        var dropped: [Dropped] = []
        if let subject, let earlier = newest.updateValue(last, forKey: subject) {
            settle(Replaced(position: earlier, by: last), &dropped)
        }
        return (last, dropped)
    }

    /// The first update that is kept after the position.
    func next(after position: Position) -> Position? { kept.first(notBefore: position + 1) }

    /// Leaves the replaced update out, or waits for the newest operation that sees it.
    private mutating func settle(_ replaced: Replaced, _ dropped: inout [Dropped]) {
        if let seer = open.last(before: replaced.by), seer >= replaced.position {
            open[seer]?.seen.append(replaced)
            return
        }
        guard let slot = kept.remove(at: replaced.position) else { return }
        guard let slot, let place = place(of: replaced.position, in: slot) else {
            dropped.append(Dropped(position: replaced.position, version: nil))
            return
        }
        let version = SharedVersion(slot: slot, version: versions[slot].remove(at: place).version)
        dropped.append(Dropped(position: replaced.position, version: version))
    }

    // MARK: Operations

    /// An operation was submitted at the last position. True where it is the first one there.
    mutating func operationOpened() -> Bool {
        if !open.contains(last) {
            open.append(OpenAt(), at: last)
            return true
        }
        open[last]?.count += 1
        return false
    }

    /// One more at a position where others are open.
    mutating func operationJoined(at position: Position) {
        precondition(open[position] != nil, "a member's group has ended before it")
        open[position]?.count += 1
    }

    /// An operation at the position ended. `nil` where others are open there.
    mutating func operationClosed(at position: Position) -> [Dropped]? {
        precondition(open[position] != nil, "more operations ended than were open")
        open[position]?.count -= 1
        guard open[position]?.count == 0, let there = open.remove(at: position) else { return nil }
        var dropped: [Dropped] = []
        for replaced in there.seen { settle(replaced, &dropped) }
        return dropped
    }

    /// The dead positions around and below one: all between the position before it and the first
    /// from it on where operations are open or may still come. Empty where nothing is dead.
    func dead(below position: Position) -> Range<Position> {
        let start = open.last(before: position).map { $0 + 1 } ?? 0
        let end = min(open.first(notBefore: position) ?? last, last)
        return start..<max(start, end)
    }

    // MARK: Versions

    /// What an operation at the position reads of the slot; nil where the program never wrote it.
    func version(of slot: Int, at position: Position) -> SharedVersion? {
        entry(of: slot, at: position).map { SharedVersion(slot: slot, version: $0.version) }
    }

    func bytes(of slot: Int, at position: Position) -> UInt64 {
        entry(of: slot, at: position)?.bytes ?? 0
    }

    private func entry(of slot: Int, at position: Position) -> VersionFrom? {
        guard versions.indices.contains(slot) else { return nil }
        // Nearly always the newest one.
        if let last = versions[slot].last, last.position <= position { return last }
        let place = place(notBefore: position + 1, in: slot)
        return place > 0 ? versions[slot][place - 1] : nil
    }

    private func place(of position: Position, in slot: Int) -> Int? {
        let place = place(notBefore: position, in: slot)
        guard place < versions[slot].count, versions[slot][place].position == position
        else { return nil }
        return place
    }

    private func place(notBefore position: Position, in slot: Int) -> Int {
        var low = 0
        var high = versions[slot].count
        while low < high {
            let middle = (low + high) / 2
            if versions[slot][middle].position < position {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
