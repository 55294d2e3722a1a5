/// Finds bytes of a version in another one, wherever they lie.
///
/// Of the earlier version a short window is remembered every so many bytes, by its hash; over the new
/// bytes a window of that size rolls, a byte at a time. Where both agree the bytes are compared, in
/// both directions (rsync, Tridgell and Mackerras 1996, with windows far shorter than their
/// distance: the earlier version is hardly read, and what is found is compared anyway).
///
/// Just behind what was found the window rolls over every byte, so that short insertions are found
/// to the byte. Further on, where it seems that all is new, it rolls over a part of each stretch
/// only: what is found there is followed back to its beginning. So bytes that are all new cost little.
package struct ContentAnchors {
    /// What agrees for less is not looked for.
    package static let matchMin = 128

    private static let window = 32
    /// Between two windows that are remembered there are so many bytes, at least and at most.
    private static let distances = 64...2048
    /// So many windows are remembered before the distance grows.
    private static let windowsAim = 1 << 17
    /// Behind a match every byte is tried for this long, then a piece of each stretch.
    private static let eager = 1 << 16
    private static let stretch = 1 << 17
    private static let factor: UInt64 = 0x9e37_79b9_7f4a_7c15
    /// What a byte that leaves the window has become.
    private static let leaving = (0..<window).reduce(UInt64(1)) { power, _ in power &* factor }

    private let earlier: ContentMemory
    private let distance: Int
    /// Hash and place, in open addressing; a place of -1 is free.
    private var slots: [(hash: UInt64, place: Int)]
    private var used = 0
    private let shift: UInt64
    /// A bit for each of the hashes' first bits: most windows need no look at the slots.
    private var filter: [UInt64]
    private let filterShift: UInt64

    /// Remembers those ranges of the earlier version.
    package init(of earlier: ContentMemory, in ranges: [Range<Int>]) {
        self.earlier = earlier
        let size = ranges.reduce(0) { $0 + $1.count }
        let distance = min(
            Self.distances.upperBound, max(Self.distances.lowerBound, size / Self.windowsAim))
        self.distance = distance
        var count = 0
        for range in ranges {
            // Piece for piece, as they are remembered below: many changes leave many short pieces.
            earlier.pieces(of: range) { _, bytes in
                count += Self.windows(in: bytes.count, distance)
                return true
            }
        }
        let bits = Int.bitWidth - (2 * count).leadingZeroBitCount
        slots = Array(repeating: (0, -1), count: 1 << bits)
        shift = UInt64(64 - bits)
        let filterBits = max(6, bits + 3)
        filter = Array(repeating: 0, count: 1 << (filterBits - 6))
        filterShift = UInt64(64 - filterBits)
        for range in ranges {
            earlier.pieces(of: range) { offset, bytes in
                for index in 0..<Self.windows(in: bytes.count, distance) {
                    let at = index * distance
                    remember(Self.hash(bytes, at), offset + at)
                }
                return true
            }
        }
        // Whoever looks for a hash stops at a free slot.
        precondition(used <= count && count < slots.count)
    }

    /// How many windows of a piece of that size are remembered.
    private static func windows(in count: Int, _ distance: Int) -> Int {
        count < window ? 0 : (count - window) / distance + 1
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        var hash: UInt64 = 0
        for index in at..<(at + window) { hash = hash &* factor &+ UInt64(bytes[index]) &+ 1 }
        return hash
    }

    private mutating func remember(_ hash: UInt64, _ place: Int) {
        let bit = hash >> filterShift
        filter[Int(bit >> 6)] |= 1 << (bit & 63)
        var slot = Int(hash >> shift)
        while slots[slot].place >= 0 {
            // The first of equal ones: what follows it is most.
            if slots[slot].hash == hash { return }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = (hash, place)
        used += 1
        precondition(used < slots.count)
    }

    private func place(of hash: UInt64) -> Int? {
        var slot = Int(hash >> shift)
        while slots[slot].place >= 0 {
            if slots[slot].hash == hash { return slots[slot].place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// What agrees within a range of the new bytes, in its order.
    package func matches(in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> [ContentCopy] {
        var found: [ContentCopy] = []
        var done = range.lowerBound
        var at = done
        while at + Self.window <= range.upperBound {
            let isEager = at < done + Self.eager
            let last = min(
                range.upperBound - Self.window,
                isEager ? done + Self.eager : at + distance + Self.window)
            guard let hit = first(in: bytes, at...last) else {
                at = isEager ? last + 1 : last + Self.stretch
                continue
            }
            let begin = earlier.agreementBegins(
                before: hit.offset, from: hit.from, with: bytes, done)
            let match = earlier.agreement(
                with: bytes, begin..<range.upperBound, from: hit.from + begin - hit.offset,
                untilLost: true)
            if match.copies.reduce(0, { $0 + $1.count }) >= Self.matchMin {
                for copy in match.copies { found.extend(by: copy) }
                done = match.end
                at = done
            } else {
                // No window before that one holds the byte that differs: they would find the same, and
                // short repetitions would take for ever.
                let ahead = min(range.upperBound - hit.offset, earlier.size - hit.from)
                let after = earlier.commonPrefix(
                    with: bytes, hit.from..<(hit.from + ahead), shift: hit.offset - hit.from)
                at = hit.offset + max(1, after - Self.window + 1)
            }
        }
        return found
    }

    /// The first window of those beginning there that is remembered.
    private func first(
        in bytes: UnsafeRawBufferPointer, _ places: ClosedRange<Int>
    ) -> (offset: Int, from: Int)? {
        let bytes = UnsafeRawBufferPointer(
            rebasing: bytes[places.lowerBound..<(places.upperBound + Self.window)])
        let leaving = Self.leaving
        return filter.withUnsafeBufferPointer { filter in
            var hash = Self.hash(bytes, 0)
            var at = 0
            while true {
                let bit = hash >> filterShift
                if filter[Int(bit >> 6)] >> (bit & 63) & 1 != 0, let from = place(of: hash) {
                    return (places.lowerBound + at, from)
                }
                guard at + Self.window < bytes.count else { return nil }
                let gone = (UInt64(bytes[at]) &+ 1) &* leaving
                hash = hash &* Self.factor &+ UInt64(bytes[at + Self.window]) &+ 1 &- gone
                at += 1
            }
        }
    }
}
