import Glibc

extension ContentMemory {
    /// Changes are told apart so far: of a piece that has changed all bytes are sent.
    package static let piece = 64
    /// What agrees for less is no copy, but where another one ends.
    private static let copyMin = 32
    /// One that differs undoes two that agree; whoever is so far behind has lost the place.
    private static let lostBehind = 64
    private static let differenceCosts = 2
    /// So much may differ before what was found.
    private static let differenceMax = 1024

    /// Pieces that new bytes have in common with those that lie as far from each other here.
    ///
    /// - Parameters:
    ///   - range: of the new bytes.
    ///   - from: where the first of them would lie here.
    ///   - untilLost: ends where most of what follows differs; where it agreed last.
    package func agreement(
        with bytes: UnsafeRawBufferPointer, _ range: Range<Int>, from: Int, untilLost: Bool
    ) -> (copies: [ContentCopy], end: Int) {
        let end = min(range.upperBound, range.lowerBound + size - from)
        guard range.lowerBound < end else { return ([], range.lowerBound) }
        let shift = from - range.lowerBound
        var copies: [ContentCopy] = []
        var score = 0
        var best = (score: 0, copies: 0)
        var isLost = false

        func agrees(_ offset: Int, _ count: Int) {
            if let last = copies.last, last.end == offset {
                copies[copies.count - 1].count += count
            } else if count >= Self.copyMin {
                copies.append(ContentCopy(offset: offset, from: offset + shift, count: count))
            } else {
                return
            }
            score += (count + Self.piece - 1) / Self.piece
            if score >= best.score { best = (score, copies.count) }
        }

        pieces(of: from..<(end + shift)) { place, mine in
            var done = 0
            while done < mine.count {
                let offset = place - shift + done
                let block = min(4096, mine.count - done)
                if Self.areEqual(mine, done, bytes, offset, block) {
                    agrees(offset, block)
                    done += block
                    continue
                }
                let blockEnd = done + block
                while done < blockEnd {
                    let offset = place - shift + done
                    let count = min(Self.piece - offset % Self.piece, blockEnd - done)
                    if Self.areEqual(mine, done, bytes, offset, count) {
                        agrees(offset, count)
                    } else {
                        score -= Self.differenceCosts
                        isLost = untilLost && score < best.score - Self.lostBehind
                        if isLost { return false }
                    }
                    done += count
                }
            }
            return true
        }
        guard isLost else { return (copies, end) }
        copies.removeLast(copies.count - best.copies)
        guard let last = copies.last else { return ([], range.lowerBound) }
        // Up to the very byte that differs.
        let more = commonPrefix(with: bytes, (last.end + shift)..<(end + shift), shift: -shift)
        copies[copies.count - 1].count += more
        return (copies, last.end + more)
    }

    /// Where an agreement that is known from `offset` on began, `from` here: not before `start`.
    package func agreementBegins(
        before offset: Int, from: Int, with bytes: UnsafeRawBufferPointer, _ start: Int
    ) -> Int {
        let shift = from - offset
        let least = max(start, -shift)
        var begin = offset
        var at = offset
        while at > least, begin - at < Self.differenceMax {
            let before = max(least, (at - 1) / Self.piece * Self.piece)
            let isSame =
                commonPrefix(with: bytes, (before + shift)..<(at + shift), shift: -shift)
                == at - before
            if isSame { begin = before }
            at = before
        }
        return begin
            - commonSuffix(
                with: bytes, (least + shift)..<(begin + shift), shift: -shift)
    }

    private static func areEqual(
        _ mine: UnsafeRawBufferPointer, _ place: Int, _ theirs: UnsafeRawBufferPointer,
        _ offset: Int, _ count: Int
    ) -> Bool {
        guard let mine = mine.baseAddress, let theirs = theirs.baseAddress else { return true }
        // Most of those that differ do so at once.
        if count >= 8,
            mine.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                != theirs.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        {
            return false
        }
        return memcmp(mine + place, theirs + offset, count) == 0
    }
}

extension ContentCopy {
    package var end: Int { offset + count }
}
