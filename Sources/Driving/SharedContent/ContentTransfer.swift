import Scheduling
import WireProtocol

/// A version on its way to one host: what it holds already is copied there, the rest is sent.
package struct ContentTransfer {
    /// What the slave does next.
    package enum Step: Equatable {
        /// From the offset on, bytes of the base and few others behind them, in turn.
        case patch(offset: Int, [slave_step])
        /// Many bytes of the content.
        case bytes(offset: Int, count: Int)
    }

    /// What a host holds whole of a slot, and copies can be made from.
    package struct Base {
        package let version: UInt64
        package let layout: ContentLayout
    }

    package let version: SharedVersion
    package let content: SharedContent
    package let base: UInt64
    private let copies: [ContentCopy]
    /// How many of these were taken whole, and up to where all is.
    private var taken = 0
    private var done = 0

    package init(_ version: SharedVersion, _ content: SharedContent, over base: Base?) {
        self.version = version
        self.content = content
        copies = base.map { content.copies(of: $0.layout) } ?? []
        self.base = copies.isEmpty ? 0 : base?.version ?? 0
    }

    /// The bytes that the stream carries.
    package var sentBytes: Int { content.size - copies.reduce(0) { $0 + $1.count } }

    package var isSent: Bool { done == content.size }

    /// The next part, none larger than the protocol allows; nil: all were taken.
    package mutating func next() -> Step? {
        guard !isSent else { return nil }
        let offset = done
        let steps = takeSteps()
        guard steps.isEmpty else { return .patch(offset: offset, steps) }
        let count = min(SLAVE_CHUNK_MAX, untilCopy, content.memory.slice(from: offset).count)
        done += count
        return .bytes(offset: offset, count: count)
    }

    /// How many bytes that the host does not hold come next.
    private var untilCopy: Int {
        max(0, (taken < copies.count ? copies[taken].offset : content.size) - done)
    }

    private mutating func takeSteps() -> [slave_step] {
        // Without a base there is nothing to patch.
        guard !copies.isEmpty else { return [] }
        var steps: [slave_step] = []
        var room = (copied: SLAVE_COPY_MAX, sent: SLAVE_CHUNK_MAX)
        while !isSent, steps.count < SLAVE_STEPS_MAX, room.copied > 0, room.sent > 0 {
            let copy = takeCopy(atMost: room.copied)
            let fresh = untilCopy
            // More than a few go in a chunk, from where they lie.
            let bytes = fresh <= SLAVE_PIECE_MAX ? content.memory.bytes(from: done, fresh) : []
            guard copy.count > 0 || !bytes.isEmpty else { break }
            done += bytes.count
            room.copied -= copy.count
            room.sent -= bytes.count
            steps.append(
                slave_step(from: UInt64(copy.from), size: UInt32(copy.count), bytes: bytes))
        }
        return steps
    }

    /// What comes next of the base.
    private mutating func takeCopy(atMost room: Int) -> (from: Int, count: Int) {
        guard taken < copies.count, copies[taken].offset <= done else { return (0, 0) }
        let copy = copies[taken]
        let skipped = done - copy.offset
        let count = min(room, copy.count - skipped)
        done += count
        if skipped + count == copy.count { taken += 1 }
        return (copy.from + skipped, count)
    }
}
