import Scheduling
import WireProtocol

/// A version on its way to one host: what it holds already is copied there, the rest is sent.
struct ContentTransfer {
    /// What the slave does next.
    enum Step: Equatable {
        /// Bytes of the base, which lie there at `from`.
        case copy(offset: Int, from: Int, count: Int)
        /// Bytes of a part, from `start` on.
        case bytes(offset: Int, part: Int, start: Int, count: Int)
    }

    /// What a host holds whole of a slot, and copies can be made from.
    struct Base {
        let version: UInt64
        let outline: [ContentSpan]
    }

    let version: SharedVersion
    let content: SharedContent
    let base: UInt64
    private let steps: [Step]
    /// How many of these were taken, and how much of the next one.
    private var taken = 0
    private var begun = 0

    init(_ version: SharedVersion, _ content: SharedContent, over base: Base?) {
        self.version = version
        self.content = content
        steps = Self.steps(of: content, over: base?.outline ?? [])
        let copies = steps.contains { if case .copy = $0 { true } else { false } }
        self.base = copies ? base?.version ?? 0 : 0
    }

    /// The bytes that the stream carries.
    var sentBytes: Int {
        steps.reduce(0) { sum, step in
            if case .bytes(_, _, _, let count) = step { sum + count } else { sum }
        }
    }

    var isSent: Bool { taken == steps.count }

    /// The next piece, none larger than the protocol allows; nil: all were taken.
    mutating func next() -> Step? {
        guard taken < steps.count else { return nil }
        switch steps[taken] {
        case .copy(let offset, let from, let count):
            let (start, piece) = advance(by: SLAVE_COPY_MAX, of: count)
            return .copy(offset: offset + start, from: from + start, count: piece)
        case .bytes(let offset, let part, let first, let count):
            let (start, piece) = advance(by: SLAVE_CHUNK_MAX, of: count)
            return .bytes(offset: offset + start, part: part, start: first + start, count: piece)
        }
    }

    private mutating func advance(by limit: Int, of count: Int) -> (start: Int, count: Int) {
        let start = begun
        let piece = min(limit, count - start)
        begun += piece
        if begun == count {
            taken += 1
            begun = 0
        }
        return (start, piece)
    }

    /// Finds what both have in common by its origin.
    private static func steps(of content: SharedContent, over held: [ContentSpan]) -> [Step] {
        let held = held.sorted { ($0.origin, $0.start) < ($1.origin, $1.start) }
        var steps: [Step] = []
        var offset = 0
        for (index, part) in content.parts.enumerated() {
            var done = 0
            while done < part.count {
                let span = held.holding(part.origin, part.start + done)
                let rest = part.count - done
                if let span, span.start <= part.start + done {
                    let skipped = part.start + done - span.start
                    let count = min(rest, span.count - skipped)
                    steps.extend(
                        .copy(offset: offset + done, from: span.offset + skipped, count: count))
                    done += count
                } else {
                    // Up to where the next thing in common begins.
                    let count = min(rest, (span?.start ?? .max) - part.start - done)
                    steps.append(
                        .bytes(offset: offset + done, part: index, start: done, count: count))
                    done += count
                }
            }
            offset += part.count
        }
        return steps
    }
}

extension [ContentTransfer.Step] {
    /// Appends a copy, or makes the one before longer.
    fileprivate mutating func extend(_ step: ContentTransfer.Step) {
        if case .copy(let offset, let from, let count)? = last,
            case .copy(offset + count, from + count, let more) = step
        {
            self[self.count - 1] = .copy(offset: offset, from: from, count: count + more)
        } else {
            append(step)
        }
    }
}

extension [ContentSpan] {
    /// Of those in order: the span with this byte, or the next one of its origin.
    fileprivate func holding(_ origin: UInt64, _ place: Int) -> ContentSpan? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let span = self[middle]
            if (span.origin, span.start + span.count) <= (origin, place) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < count && self[low].origin == origin ? self[low] : nil
    }
}
