/// What new bytes have in common with an earlier version: what both begin with, what both end with,
/// what stayed at its place behind the beginning and before the end, piece by piece; then what of
/// the rest lies anywhere else in the earlier version.
///
/// So changes, insertions and removals cost what they are, at however many places; and where nothing
/// changed nothing is looked for.
package struct ContentComparison {
    /// In their order; what none has is new.
    package private(set) var copies: [ContentCopy] = []
    package let isEqual: Bool

    private let bytes: UnsafeRawBufferPointer
    private let earlier: ContentMemory

    package init(_ bytes: UnsafeRawBufferPointer, with earlier: ContentMemory) {
        self.bytes = bytes
        self.earlier = earlier
        let shorter = min(bytes.count, earlier.size)
        let head = earlier.commonPrefix(with: bytes, 0..<shorter)
        isEqual = head == bytes.count && bytes.count == earlier.size
        guard !isEqual else { return }
        let moved = earlier.size - bytes.count
        let tail = min(
            earlier.commonSuffix(
                with: bytes, (earlier.size - shorter)..<earlier.size, shift: -moved),
            shorter - head)
        add(0, head, from: 0)
        let end = bytes.count - tail
        if moved == 0 {
            add(earlier.agreement(with: bytes, head..<end, from: head, untilLost: false).copies)
        } else {
            let front = earlier.agreement(with: bytes, head..<end, from: head, untilLost: true)
            add(front.copies)
            let start = earlier.agreementBegins(
                before: end, from: end + moved, with: bytes, front.end)
            add(
                earlier.agreement(
                    with: bytes, start..<end, from: start + moved, untilLost: false
                ).copies)
        }
        add(end, tail, from: end + moved)
        findMoved()
        limitCopies()
    }

    private mutating func add(_ offset: Int, _ count: Int, from: Int) {
        if count > 0 { copies.extend(by: ContentCopy(offset: offset, from: from, count: count)) }
    }

    private mutating func add(_ more: [ContentCopy]) {
        for copy in more { copies.extend(by: copy) }
    }

    /// Looks for what counts as new in what of the earlier version was not found yet: what stayed at
    /// its place has not moved as well.
    private mutating func findMoved() {
        let new = ContentPieces(of: bytes.count, copies)
            .filter { $0.from == nil && $0.count >= ContentAnchors.matchMin }
        guard !new.isEmpty else { return }
        var left: [Range<Int>] = []
        var done = 0
        for copy in copies.sorted(by: { $0.from < $1.from }) {
            if copy.from - done >= ContentAnchors.matchMin { left.append(done..<copy.from) }
            done = max(done, copy.from + copy.count)
        }
        if earlier.size - done >= ContentAnchors.matchMin { left.append(done..<earlier.size) }
        guard !left.isEmpty else { return }
        let anchors = ContentAnchors(of: earlier, in: left)
        let before = copies
        copies = []
        for piece in ContentPieces(of: bytes.count, before) {
            if let from = piece.from {
                add(piece.offset, piece.count, from: from)
            } else if piece.count >= ContentAnchors.matchMin {
                add(anchors.matches(in: bytes, piece.offset..<(piece.offset + piece.count)))
            }
        }
    }

    /// Where more than a quarter has changed, piece by piece, short copies would be worth less than
    /// they save.
    private mutating func limitCopies() {
        var least = ContentMemory.piece
        while 2 * copies.count > ContentLayout.partsMax(max(bytes.count, earlier.size)) {
            least *= 2
            copies.removeAll { $0.count < least }
        }
    }
}
