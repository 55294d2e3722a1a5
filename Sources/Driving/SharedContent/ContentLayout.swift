import Synchronization

/// Bytes of a version that another one has too.
package struct ContentCopy: Hashable, Sendable {
    package let offset: Int
    /// Where they lie in the other one.
    package let from: Int
    package var count: Int
}

/// All of a version in its order: what is copied, and what is new.
package struct ContentPieces: Sequence, IteratorProtocol {
    package struct Piece {
        package let offset: Int
        package let count: Int
        /// nil: it is new.
        package let from: Int?
    }

    private let size: Int
    private let copies: [ContentCopy]
    private var index = 0
    private var done = 0

    package init(of size: Int, _ copies: [ContentCopy]) {
        self.size = size
        self.copies = copies
    }

    package mutating func next() -> Piece? {
        guard done < size else { return nil }
        let copy = index < copies.count ? copies[index] : nil
        let end = copy?.offset ?? size
        if done < end {
            defer { done = end }
            return Piece(offset: done, count: end - done, from: nil)
        }
        guard let copy else { return nil }
        precondition(done == copy.offset)
        index += 1
        done += copy.count
        return Piece(offset: copy.offset, count: copy.count, from: copy.from)
    }
}

/// Where the bytes of one version come from, without the bytes: what is remembered of what a host
/// holds.
///
/// Each part tells its *origin*: the version in which its bytes appeared first, and where. Two
/// versions have in common what has one origin; which versions lie between is of no concern.
///
/// Parts would become more and more. Where they are too many, the latest version gets a name as a
/// whole, of which the next ones are made: an *epoch* begins. What its parts were is kept, until the
/// next one begins, so that versions of two epochs in a row have their parts in common, too
/// (Decisions/0010).
package final class ContentLayout: Sendable {
    package struct Part {
        package let origin: UInt64
        /// In the origin.
        package let start: Int
        package let count: Int
        /// In the version.
        package let offset: Int
    }

    /// The version with which an epoch began.
    private struct Beginning {
        /// Its name as a whole, and the epoch's.
        package let name: UInt64
        /// The epoch before, and what the version is made of there.
        package let before: UInt64
        package let parts: [Part]
    }

    package let size: Int
    private let parts: [Part]
    private let epoch: UInt64
    private let beginning: Beginning?
    /// Its own name, and that of the version that it was made after, with what it has of it.
    private let name: UInt64
    private let earlier: UInt64
    private let copies: [ContentCopy]

    /// Of a version without an earlier one.
    package init(size: Int) {
        self.size = size
        name = Names.next()
        parts = size == 0 ? [] : [Part(origin: name, start: 0, count: size, offset: 0)]
        epoch = name
        beginning = nil
        earlier = 0
        copies = []
    }

    package init(size: Int, copying copies: [ContentCopy], of earlier: ContentLayout) {
        self.size = size
        name = Names.next()
        self.earlier = earlier.name
        self.copies = copies
        let parts = Self.parts(of: size, copies, of: earlier.parts, new: name)
        guard parts.count > Self.partsMax(max(size, earlier.size)) else {
            self.parts = parts
            epoch = earlier.epoch
            beginning = earlier.beginning
            return
        }
        epoch = Names.next()
        beginning = Beginning(name: epoch, before: earlier.epoch, parts: earlier.parts)
        let whole = Part(origin: epoch, start: 0, count: earlier.size, offset: 0)
        self.parts = Self.parts(of: size, copies, of: [whole], new: name)
    }

    /// A change in one place makes two parts more, and counts as 64 bytes: so an epoch ends only
    /// when as much as a quarter of the value has changed.
    package static func partsMax(_ size: Int) -> Int { max(4096, size / 128) }

    private static func parts(
        of size: Int, _ copies: [ContentCopy], of earlier: [Part], new name: UInt64
    ) -> [Part] {
        var parts: [Part] = []
        for piece in ContentPieces(of: size, copies) {
            if let from = piece.from {
                parts.append(copying: from, piece.count, of: earlier, at: piece.offset)
            } else {
                parts.append(
                    Part(
                        origin: name, start: piece.offset, count: piece.count, offset: piece.offset)
                )
            }
        }
        return parts
    }

    // MARK: What two versions have in common

    /// What this version has in common with another one, whichever of them is the later.
    package func copies(of base: ContentLayout) -> [ContentCopy] {
        if base.name == earlier { return copies }
        if base.epoch == epoch { return Self.common(parts, base.parts) }
        if let beginning, beginning.before == base.epoch {
            return Self.common(Self.resolved(parts, beginning), base.parts)
        }
        if let beginning = base.beginning, beginning.before == epoch {
            return Self.common(parts, Self.resolved(base.parts, beginning))
        }
        return []
    }

    /// In the terms of the epoch before.
    private static func resolved(_ parts: [Part], _ beginning: Beginning) -> [Part] {
        var resolved: [Part] = []
        for part in parts {
            if part.origin == beginning.name {
                resolved.append(
                    copying: part.start, part.count, of: beginning.parts, at: part.offset)
            } else {
                resolved.append(part)
            }
        }
        return resolved
    }

    private static func common(_ parts: [Part], _ held: [Part]) -> [ContentCopy] {
        let held = inOrder(held)
        var copies: [ContentCopy] = []
        for part in parts {
            let end = part.start + part.count
            var start = part.start
            var index = held.first(of: part.origin, endingBehind: start)
            while start < end, index < held.count, held[index].origin == part.origin {
                let other = held[index]
                start = max(start, other.start)
                let count = min(end, other.start + other.count) - start
                guard count > 0 else { break }
                copies.extend(
                    by: ContentCopy(
                        offset: part.offset + start - part.start,
                        from: other.offset + start - other.start, count: count))
                start += count
                index += 1
            }
        }
        return copies
    }

    /// By origin and start. What lies in several places of a version is there once.
    private static func inOrder(_ parts: [Part]) -> [Part] {
        var ordered: [Part] = []
        for part in parts.sorted(by: { ($0.origin, $0.start) < ($1.origin, $1.start) }) {
            let last = ordered.last.flatMap { $0.origin == part.origin ? $0 : nil }
            let known = last.map { max(0, $0.start + $0.count - part.start) } ?? 0
            guard known < part.count else { continue }
            ordered.append(
                Part(
                    origin: part.origin, start: part.start + known, count: part.count - known,
                    offset: part.offset + known))
        }
        return ordered
    }
}

extension [ContentCopy] {
    /// Appends a copy, or makes the last one longer.
    package mutating func extend(by copy: ContentCopy) {
        if let last, last.offset + last.count == copy.offset, last.from + last.count == copy.from {
            self[count - 1].count += copy.count
        } else {
            append(copy)
        }
    }
}

extension [ContentLayout.Part] {
    /// Appends what lies in that range of a version made of `earlier`; what follows the last part
    /// in its origin makes that longer.
    fileprivate mutating func append(
        copying from: Int, _ count: Int, of earlier: [Element], at offset: Int
    ) {
        var index = earlier.holding(from)
        var done = 0
        while done < count {
            let part = earlier[index]
            let start = part.start + from + done - part.offset
            let piece = Swift.min(count - done, part.offset + part.count - from - done)
            if let last, last.origin == part.origin, last.start + last.count == start {
                self[self.count - 1] = Element(
                    origin: last.origin, start: last.start, count: last.count + piece,
                    offset: last.offset)
            } else {
                append(
                    Element(
                        origin: part.origin, start: start, count: piece, offset: offset + done))
            }
            done += piece
            index += 1
        }
    }

    /// Of a version's parts, in their order: the one with that byte.
    private func holding(_ offset: Int) -> Int {
        var low = 0
        var high = count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if self[middle].offset <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Of parts by origin and start, none of which overlap: the first that ends behind that place.
    fileprivate func first(of origin: UInt64, endingBehind start: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let part = self[middle]
            if (part.origin, part.start + part.count) <= (origin, start) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// Of versions and of epochs.
private enum Names {
    private static let last = Atomic<UInt64>(0)

    package static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
