import Foundation

/// What new bytes have in common with an earlier version: what both begin with, what both end with,
/// and between them, where no byte moved, what stayed at its place.
///
/// So a change in place costs what changed, and so does one insertion or removal; of several at
/// distant places all that lies between them counts as new.
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
        let head = earlier.commonPrefix(with: bytes)
        isEqual = head == bytes.count && bytes.count == earlier.size
        guard !isEqual else { return }
        let tail = min(earlier.commonSuffix(with: bytes), shorter - head)
        add(0, head, from: 0)
        let middle = head..<(bytes.count - tail)
        if bytes.count == earlier.size {
            for start in stride(from: middle.lowerBound, to: middle.upperBound, by: Self.grain) {
                let count = min(Self.grain, middle.upperBound - start)
                let isSame = earlier.equals(bytes, in: start..<(start + count))
                add(start, count, from: isSame ? start : nil)
            }
        } else {
            add(middle.lowerBound, middle.count, from: nil)
        }
        add(middle.upperBound, tail, from: earlier.size - tail)
    }

    private static let grain = SharedContent.grain

    /// What continues the last run becomes part of it; what is too short to be named counts as new.
    private mutating func add(_ offset: Int, _ count: Int, from: Int?) {
        guard count > 0 else { return }
        let from = count < Self.grain ? nil : from
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
    /// Compares each part with the bytes at the same place, as long as `body` says so; `shift` is
    /// how much further right they are there.
    private func compare(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, shift: Int = 0,
        backwards: Bool = false,
        _ body: (_ offset: Int, _ mine: UnsafeRawBufferPointer, _ theirs: UnsafeRawBufferPointer)
            -> Bool
    ) {
        var offset = backwards ? size : 0
        for part in backwards ? parts.reversed() : parts {
            if backwards { offset -= part.count }
            let from = max(range.lowerBound, offset)
            let to = min(range.upperBound, offset + part.count)
            if from < to {
                let place = part.place + from - offset
                let goesOn = part.storage.withUnsafeBytes { storage in
                    body(
                        from, .init(rebasing: storage[place..<(place + to - from)]),
                        .init(rebasing: bytes[(from + shift)..<(to + shift)]))
                }
                if !goesOn { return }
            }
            if !backwards { offset += part.count }
        }
    }

    fileprivate func equals(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> Bool {
        var isEqual = true
        compare(bytes, range) { _, mine, theirs in
            isEqual = areEqual(mine, theirs, 0..<mine.count)
            return isEqual
        }
        return isEqual
    }

    fileprivate func commonPrefix(with bytes: UnsafeRawBufferPointer) -> Int {
        let range = 0..<min(size, bytes.count)
        var prefix = range.count
        compare(bytes, range) { offset, mine, theirs in
            guard let difference = firstDifference(mine, theirs) else { return true }
            prefix = offset + difference
            return false
        }
        return prefix
    }

    fileprivate func commonSuffix(with bytes: UnsafeRawBufferPointer) -> Int {
        let shorter = min(size, bytes.count)
        var suffix = shorter
        compare(
            bytes, (size - shorter)..<size, shift: bytes.count - size, backwards: true
        ) { offset, mine, theirs in
            guard let difference = lastDifference(mine, theirs) else { return true }
            suffix = size - offset - difference - 1
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
