/// The updates of a run in program order, which positions operations are open at, and so which
/// versions of shared variables can still be read.
struct UpdateLog: Sendable {
    private struct OpenAt {
        let position: Position
        var count: Int
    }

    private struct VersionFrom {
        let position: Position
        let version: UInt64
    }

    /// The position of the last update; 0 before the first.
    private(set) var last: Position = 0
    /// Ascending; the fronts of the array that ended are cut off.
    private var open: [OpenAt] = []
    /// By slot, ascending by position; only what a position from `oldestOpen` on can see.
    private var versions: [[VersionFrom]] = []

    /// The oldest position that an operation may still come for.
    var oldestOpen: Position { open.first?.position ?? last }

    /// Takes the next position and returns it.
    mutating func append(_ change: Change) -> Position {
        last += 1
        if case .shared(let shared) = change {
            while versions.count <= shared.slot { versions.append([]) }
            versions[shared.slot].append(VersionFrom(position: last, version: shared.version))
        }
        return last
    }

    /// An operation was submitted at the last position.
    mutating func operationOpened() {
        if let end = open.indices.last, open[end].position == last {
            open[end].count += 1
        } else {
            open.append(OpenAt(position: last, count: 1))
        }
    }

    /// An operation at the position ended.
    mutating func operationClosed(at position: Position) {
        guard let index = open.lastIndex(where: { $0.position == position }) else { return }
        open[index].count -= 1
        guard open[0].count == 0 else { return }
        open.removeSubrange(0..<(open.firstIndex { $0.count > 0 } ?? open.count))
    }

    /// What an operation at the position reads of the slot; nil where the program never wrote it.
    func version(of slot: Int, at position: Position) -> SharedVersion? {
        guard versions.indices.contains(slot) else { return nil }
        return versions[slot].last { $0.position <= position }
            .map { SharedVersion(slot: slot, version: $0.version) }
    }

    /// Drops the versions that no open or later position sees, and returns them.
    mutating func prune() -> [SharedVersion] {
        var dropped: [SharedVersion] = []
        let oldest = oldestOpen
        for slot in versions.indices {
            while versions[slot].count > 1, versions[slot][1].position <= oldest {
                dropped.append(
                    SharedVersion(slot: slot, version: versions[slot].removeFirst().version))
            }
        }
        return dropped
    }
}
