import Synchronization

/// One version of a shared variable, encoded.
///
/// It is made of parts. Each tells its *origin*: the version in which its bytes appeared first, and
/// where. A part that two versions have in common is in memory once, and a host that holds one of
/// them is sent, of the other, only what has an origin of its own; which versions lie between is of
/// no concern (Decisions/0010).
final class SharedContent: Sendable {
    struct Part {
        /// Where the bytes appeared first: a content, and an offset in it.
        let origin: UInt64
        let start: Int
        let count: Int
        let storage: [UInt8]
        let place: Int

        func slice(_ offset: Int, _ count: Int) -> Part {
            Part(
                origin: origin, start: start + offset, count: count, storage: storage,
                place: place + offset)
        }
    }

    let parts: [Part]
    let size: Int
    private let knownChecksum: UInt64?

    /// A part is not worth its bookkeeping below this size: it is the grain of comparisons.
    static let grain = 4096
    /// With more parts a version is sent whole.
    static let partsMax = 4096

    init(_ bytes: [UInt8]) {
        size = bytes.count
        knownChecksum = nil
        parts =
            bytes.isEmpty
            ? []
            : [Part(origin: Origins.next(), start: 0, count: size, storage: bytes, place: 0)]
    }

    /// What follows another version; nil where nothing changed.
    init?(_ bytes: [UInt8], after earlier: SharedContent) {
        let comparison = bytes.withUnsafeBytes { ContentComparison($0, with: earlier) }
        guard !comparison.isEqual else { return nil }
        let origin = Origins.next()
        var parts: [Part] = []
        for run in comparison.runs {
            if let from = run.from {
                parts += earlier.parts(from..<(from + run.count))
            } else {
                let copy = Array(bytes[run.offset..<(run.offset + run.count)])
                parts.append(
                    Part(
                        origin: origin, start: run.offset, count: run.count, storage: copy, place: 0
                    ))
            }
        }
        if parts.count > Self.partsMax {
            parts = [
                Part(origin: origin, start: 0, count: bytes.count, storage: bytes, place: 0)
            ]
        } else if Self.held(by: parts) > bytes.count + bytes.count / 4 {
            // Too much of what the parts lie in belongs to no part any more.
            parts = Self.moved(parts, to: bytes)
        }
        size = bytes.count
        self.parts = parts
        // Here, and not by the I/O thread when a host that holds the earlier version is told.
        knownChecksum = parts.contains { $0.origin != origin } ? contentChecksum(bytes) : nil
    }

    /// The bytes in one piece.
    var bytes: [UInt8] {
        if let only = parts.first, parts.count == 1, only.storage.count == size {
            return only.storage
        }
        var all: [UInt8] = []
        all.reserveCapacity(size)
        for part in parts { all += part.storage[part.place..<(part.place + part.count)] }
        return all
    }

    var checksum: UInt64 { knownChecksum ?? contentChecksum(bytes) }

    /// Where its parts come from, without their bytes: what is remembered of what a host holds.
    var outline: [ContentSpan] {
        var offset = 0
        return parts.map { part in
            defer { offset += part.count }
            return ContentSpan(
                origin: part.origin, start: part.start, count: part.count, offset: offset)
        }
    }

    /// Those of a range, the first and the last cut to it.
    private func parts(_ range: Range<Int>) -> [Part] {
        var found: [Part] = []
        var offset = 0
        for part in parts {
            let from = max(range.lowerBound, offset)
            let to = min(range.upperBound, offset + part.count)
            if from < to { found.append(part.slice(from - offset, to - from)) }
            offset += part.count
        }
        return found
    }

    /// The memory that the parts keep alive.
    private static func held(by parts: [Part]) -> Int {
        var seen: Set<UnsafeRawPointer> = []
        return parts.reduce(0) { sum, part in
            let isNew = part.storage.withUnsafeBytes { bytes in
                bytes.baseAddress.map { seen.insert($0).inserted } ?? false
            }
            return isNew ? sum + part.storage.count : sum
        }
    }

    private static func moved(_ parts: [Part], to storage: [UInt8]) -> [Part] {
        var offset = 0
        return parts.map { part in
            defer { offset += part.count }
            return Part(
                origin: part.origin, start: part.start, count: part.count, storage: storage,
                place: offset)
        }
    }
}

/// Bytes of one origin at their place in a version.
struct ContentSpan: Hashable {
    let origin: UInt64
    let start: Int
    let count: Int
    let offset: Int
}

/// Names of origins, one for each content in which bytes appeared.
private enum Origins {
    private static let last = Atomic<UInt64>(0)

    static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
