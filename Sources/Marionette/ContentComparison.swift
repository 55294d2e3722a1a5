import Glibc

/// What new bytes have in common with an earlier version: what both begin with, what both end with,
/// and between them first, where the size is the same, what stayed at its place; then what of the
/// rest lies anywhere else in the earlier version.
///
/// So changes, insertions and removals cost what they are, at however many places; and where nothing
/// changed nothing is looked for.
struct ContentComparison {
    struct Run {
        let offset: Int
        var count: Int
        /// Where the bytes are in the earlier version; nil: they are new.
        let from: Int?
    }

    private(set) var runs: [Run] = []
    let isEqual: Bool

    init(_ bytes: UnsafeRawBufferPointer, with earlier: SharedContent) {
        let shorter = min(bytes.count, earlier.size)
        let head = earlier.commonPrefix(with: bytes, 0..<shorter)
        isEqual = head == bytes.count && bytes.count == earlier.size
        guard !isEqual else { return }
        let tail = min(
            earlier.commonSuffix(
                with: bytes, (earlier.size - shorter)..<earlier.size,
                shift: bytes.count - earlier.size), shorter - head)
        add(0, head, from: 0)
        let middle = head..<(bytes.count - tail)
        if bytes.count == earlier.size {
            for start in stride(from: middle.lowerBound, to: middle.upperBound, by: Self.grain) {
                let count = min(Self.grain, middle.upperBound - start)
                let isSame =
                    earlier.commonPrefix(with: bytes, start..<(start + count)) == count
                add(start, count, from: isSame ? start : nil)
            }
        } else {
            add(middle.lowerBound, middle.count, from: nil)
        }
        add(middle.upperBound, tail, from: earlier.size - tail)
        // What stayed at its place has not moved as well.
        let left =
            bytes.count == earlier.size
            ? runs.filter { $0.from == nil }.map { $0.offset..<($0.offset + $0.count) }
            : [head..<(earlier.size - tail)]
        findMoved(bytes, earlier, among: left)
        limitRuns()
    }

    private static let grain = SharedContent.grain

    /// Looks for what counts as new in those ranges of the earlier version.
    private mutating func findMoved(
        _ bytes: UnsafeRawBufferPointer, _ earlier: SharedContent, among ranges: [Range<Int>]
    ) {
        let ranges = ranges.filter { $0.count >= Self.grain }
        let isWorthwhile = runs.contains { $0.from == nil && $0.count >= Self.grain }
        guard isWorthwhile, !ranges.isEmpty else { return }
        let anchors = ContentAnchors(of: earlier, in: ranges)
        let before = runs
        runs = []
        for run in before {
            var done = run.offset
            let end = run.offset + run.count
            if run.from == nil, run.count >= Self.grain {
                for match in anchors.matches(in: bytes, done..<end) {
                    add(done, match.offset - done, from: nil)
                    add(match.offset, match.count, from: match.from)
                    done = match.offset + match.count
                }
            }
            add(done, end - done, from: run.from)
        }
    }

    /// Too many parts would be worth less than they save: the shortest are sent.
    private mutating func limitRuns() {
        var least = Self.grain
        while runs.count > SharedContent.partsMax {
            least *= 2
            let before = runs
            runs = []
            for run in before { add(run.offset, run.count, from: run.from, least: least) }
        }
    }

    /// What continues the last run becomes part of it; what is too short to be named counts as new.
    private mutating func add(_ offset: Int, _ count: Int, from: Int?, least: Int = Self.grain) {
        guard count > 0 else { return }
        let from = count < least ? nil : from
        let isContinued =
            switch (runs.last?.from, from) {
            case (let last?, let next?): last + (offset - (runs.last?.offset ?? 0)) == next
            case (nil, nil): !runs.isEmpty
            default: false
            }
        if isContinued {
            runs[runs.count - 1].count += count
        } else {
            runs.append(Run(offset: offset, count: count, from: from))
        }
    }
}

extension SharedContent {
    /// The memory of a range, part for part.
    func forEachPiece(
        of range: Range<Int>, _ body: (_ offset: Int, _ bytes: UnsafeRawBufferPointer) -> Void
    ) {
        pieces(of: range, backwards: false) { offset, bytes in
            body(offset, bytes)
            return true
        }
    }

    /// As long as `body` says so.
    private func pieces(
        of range: Range<Int>, backwards: Bool,
        _ body: (_ offset: Int, _ bytes: UnsafeRawBufferPointer) -> Bool
    ) {
        var offset = backwards ? size : 0
        var index = backwards ? parts.count - 1 : 0
        while parts.indices.contains(index) {
            let part = parts[index]
            if backwards { offset -= part.count }
            let from = max(range.lowerBound, offset)
            let to = min(range.upperBound, offset + part.count)
            if from < to {
                let place = part.place + from - offset
                let goesOn = part.storage.withUnsafeBytes { storage in
                    body(from, .init(rebasing: storage[place..<(place + to - from)]))
                }
                if !goesOn { return }
            }
            if !backwards { offset += part.count }
            if backwards ? offset <= range.lowerBound : offset >= range.upperBound { return }
            index += backwards ? -1 : 1
        }
    }

    /// How many bytes of a range are those of `bytes`, from its beginning on; `shift` is how much
    /// further right they are there.
    func commonPrefix(
        with bytes: UnsafeRawBufferPointer, _ range: Range<Int>, shift: Int = 0
    ) -> Int {
        var prefix = range.count
        pieces(of: range, backwards: false) { offset, mine in
            let start = offset + shift
            let theirs = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + mine.count)])
            guard let difference = firstDifference(mine, theirs) else { return true }
            prefix = offset - range.lowerBound + difference
            return false
        }
        return prefix
    }

    /// The same, from its end on.
    func commonSuffix(
        with bytes: UnsafeRawBufferPointer, _ range: Range<Int>, shift: Int
    ) -> Int {
        var suffix = range.count
        pieces(of: range, backwards: true) { offset, mine in
            let start = offset + shift
            let theirs = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + mine.count)])
            guard let difference = lastDifference(mine, theirs) else { return true }
            suffix = range.upperBound - offset - difference - 1
            return false
        }
        return suffix
    }
}

/// Both are of one size.
private func firstDifference(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer
) -> Int? {
    for start in stride(from: 0, to: one.count, by: SharedContent.grain) {
        let grain = start..<min(start + SharedContent.grain, one.count)
        guard !areEqual(one, other, grain) else { continue }
        return grain.first { one[$0] != other[$0] }
    }
    return nil
}

private func lastDifference(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer
) -> Int? {
    for end in stride(from: one.count, to: 0, by: -SharedContent.grain) {
        let grain = max(0, end - SharedContent.grain)..<end
        guard !areEqual(one, other, grain) else { continue }
        return grain.last { one[$0] != other[$0] }
    }
    return nil
}

private func areEqual(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer, _ range: Range<Int>
) -> Bool {
    guard let mine = UnsafeRawBufferPointer(rebasing: one[range]).baseAddress,
        let theirs = UnsafeRawBufferPointer(rebasing: other[range]).baseAddress
    else { return true }
    return memcmp(mine, theirs, range.count) == 0
}
