import Scheduling
import WireProtocol

/// A version on its way to one host: what it holds already is copied there, the rest is sent.
struct ContentTransfer {
    /// What the slave does next.
    enum Step: Equatable {
        /// Bytes of the base, which lie there at `from`.
        case copy(offset: Int, from: Int, count: Int)
        /// Bytes of the content.
        case bytes(offset: Int, count: Int)
    }

    /// What a host holds whole of a slot, and copies can be made from.
    struct Base {
        let version: UInt64
        let layout: ContentLayout
    }

    let version: SharedVersion
    let content: SharedContent
    let base: UInt64
    private let copies: [ContentCopy]
    /// How many of these were taken or begun, and up to where all is.
    private var taken = 0
    private var done = 0

    init(_ version: SharedVersion, _ content: SharedContent, over base: Base?) {
        self.version = version
        self.content = content
        copies = base.map { content.copies(of: $0.layout) } ?? []
        self.base = copies.isEmpty ? 0 : base?.version ?? 0
    }

    /// The bytes that the stream carries.
    var sentBytes: Int { content.size - copies.reduce(0) { $0 + $1.count } }

    var isSent: Bool { done == content.size }

    /// The next piece, none larger than the protocol allows; nil: all were taken.
    mutating func next() -> Step? {
        while taken < copies.count, copies[taken].offset + copies[taken].count <= done {
            taken += 1
        }
        guard !isSent else { return nil }
        let copy = taken < copies.count ? copies[taken] : nil
        let offset = done
        if let copy, copy.offset <= offset {
            let skipped = offset - copy.offset
            let count = min(SLAVE_COPY_MAX, copy.count - skipped)
            done += count
            return .copy(offset: offset, from: copy.from + skipped, count: count)
        }
        let count = min(SLAVE_CHUNK_MAX, (copy?.offset ?? content.size) - offset)
        done += min(count, content.memory.slice(from: offset).count)
        return .bytes(offset: offset, count: done - offset)
    }
}
