import Glibc

/// The bytes of one version: extents of arrays, which other versions may share.
package struct ContentMemory: Sendable {
    package struct Extent {
        /// In the version.
        package let offset: Int
        package let count: Int
        /// Which array, and where in it.
        package let storage: Int
        package let place: Int
    }

    /// With more extents all bytes are kept as one.
    private static let extentsMax = 4096

    package private(set) var extents: [Extent] = []
    package private(set) var storages: [[UInt8]] = []
    package let size: Int

    package init(_ bytes: [UInt8]) {
        size = bytes.count
        guard !bytes.isEmpty else { return }
        storages = [bytes]
        extents = [Extent(offset: 0, count: size, storage: 0, place: 0)]
    }

    /// What is copied of another version shares its memory; the rest is kept in an array of its own,
    /// unless the arrays then held more than 1.25 times the version: then `bytes` are kept.
    package init(_ bytes: [UInt8], copying copies: [ContentCopy], of earlier: ContentMemory) {
        let fresh = bytes.count - copies.reduce(0) { $0 + $1.count }
        // What of the earlier one is kept might be all of it.
        guard fresh <= bytes.count / 4 else {
            self.init(bytes)
            return
        }
        self.init(size: bytes.count)
        var new: [UInt8] = []
        new.reserveCapacity(fresh)
        /// By their number in the earlier version.
        var shared: [Int: Int] = [:]
        var held = fresh
        storages = fresh == 0 ? [] : [[]]
        var index = 0
        for piece in ContentPieces(of: size, copies) {
            guard let from = piece.from else {
                let place = new.count
                new += bytes[piece.offset..<(piece.offset + piece.count)]
                append(count: piece.count, at: piece.offset, storage: 0, place: place)
                continue
            }
            index = earlier.index(of: from, near: index)
            var done = 0
            while done < piece.count {
                let extent = earlier.extents[index]
                let skipped = from + done - extent.offset
                let count = min(extent.count - skipped, piece.count - done)
                let storage =
                    shared[extent.storage] ?? take(earlier.storages[extent.storage], &held)
                shared[extent.storage] = storage
                append(
                    count: count, at: piece.offset + done, storage: storage,
                    place: extent.place + skipped)
                done += count
                if done < piece.count { index += 1 }
            }
            if extents.count > Self.extentsMax || held > size + size / 4 { break }
        }
        if extents.count > Self.extentsMax || held > size + size / 4 {
            self = ContentMemory(bytes)
        } else if fresh > 0 {
            storages[0] = new
        }
    }

    private init(size: Int) { self.size = size }

    private mutating func take(_ storage: [UInt8], _ held: inout Int) -> Int {
        held += storage.count
        storages.append(storage)
        return storages.count - 1
    }

    private mutating func append(count: Int, at offset: Int, storage: Int, place: Int) {
        if let last = extents.last, last.storage == storage, last.place + last.count == place {
            extents[extents.count - 1] = Extent(
                offset: last.offset, count: last.count + count, storage: storage, place: last.place)
        } else {
            extents.append(
                Extent(offset: offset, count: count, storage: storage, place: place))
        }
    }

    /// The bytes in one piece.
    package var bytes: [UInt8] {
        if extents.count == 1, storages[0].count == size { return storages[0] }
        var all: [UInt8] = []
        all.reserveCapacity(size)
        for extent in extents {
            all += storages[extent.storage][extent.place..<(extent.place + extent.count)]
        }
        return all
    }

    /// So many from an offset on.
    package func bytes(from offset: Int, _ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            bytes += slice(from: offset + bytes.count).prefix(count - bytes.count)
        }
        return bytes
    }

    /// From an offset on, what lies in one piece there.
    package func slice(from offset: Int) -> ArraySlice<UInt8> {
        let extent = extents[index(of: offset, near: 0)]
        let end = extent.place + extent.count
        return storages[extent.storage][(extent.place + offset - extent.offset)..<end]
    }

    /// The extent with that byte; `near` is looked at first, and the one behind it.
    private func index(of offset: Int, near guess: Int) -> Int {
        precondition(offset < size)
        for index in guess..<min(guess + 2, extents.count)
        where extents[index].offset <= offset
            && offset < extents[index].offset + extents[index].count
        {
            return index
        }
        var low = 0
        var high = extents.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if extents[middle].offset <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    // MARK: Comparing

    /// The memory of a range, extent for extent, as long as `body` says so.
    package func pieces(
        of range: Range<Int>,
        _ body: (_ offset: Int, _ bytes: UnsafeRawBufferPointer) -> Bool
    ) {
        guard !range.isEmpty else { return }
        var index = index(of: range.lowerBound, near: 0)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let extent = extents[index]
            let count = min(extent.offset + extent.count, range.upperBound) - offset
            let place = extent.place + offset - extent.offset
            let goesOn = storages[extent.storage].withUnsafeBytes { storage in
                body(offset, .init(rebasing: storage[place..<(place + count)]))
            }
            guard goesOn else { return }
            offset += count
            index += 1
        }
    }

    /// The same, from the range's end on.
    private func piecesBackwards(
        of range: Range<Int>,
        _ body: (_ offset: Int, _ bytes: UnsafeRawBufferPointer) -> Bool
    ) {
        guard !range.isEmpty else { return }
        var index = index(of: range.upperBound - 1, near: 0)
        var end = range.upperBound
        while end > range.lowerBound {
            let extent = extents[index]
            let offset = max(extent.offset, range.lowerBound)
            let place = extent.place + offset - extent.offset
            let goesOn = storages[extent.storage].withUnsafeBytes { storage in
                body(offset, .init(rebasing: storage[place..<(place + end - offset)]))
            }
            guard goesOn else { return }
            end = offset
            index -= 1
        }
    }

    /// How many bytes of a range are those of `bytes`, from its beginning on; `shift` is how much
    /// further right they are there.
    package func commonPrefix(
        with bytes: UnsafeRawBufferPointer, _ range: Range<Int>, shift: Int = 0
    ) -> Int {
        var prefix = range.count
        pieces(of: range) { offset, mine in
            let start = offset + shift
            let theirs = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + mine.count)])
            guard let difference = firstDifference(mine, theirs) else { return true }
            prefix = offset - range.lowerBound + difference
            return false
        }
        return prefix
    }

    /// The same, from its end on.
    package func commonSuffix(
        with bytes: UnsafeRawBufferPointer, _ range: Range<Int>, shift: Int
    ) -> Int {
        var suffix = range.count
        piecesBackwards(of: range) { offset, mine in
            let start = offset + shift
            let theirs = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + mine.count)])
            guard let difference = lastDifference(mine, theirs) else { return true }
            suffix = range.upperBound - offset - difference - 1
            return false
        }
        return suffix
    }
}

/// Bytes are compared so many at once, and one after the other only where those differ.
private let block = 4096

/// Both are of one size.
private func firstDifference(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer
) -> Int? {
    for start in stride(from: 0, to: one.count, by: block) {
        let piece = start..<min(start + block, one.count)
        guard !areEqual(one, other, piece) else { continue }
        return piece.first { one[$0] != other[$0] }
    }
    return nil
}

private func lastDifference(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer
) -> Int? {
    for end in stride(from: one.count, to: 0, by: -block) {
        let piece = max(0, end - block)..<end
        guard !areEqual(one, other, piece) else { continue }
        return piece.last { one[$0] != other[$0] }
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
