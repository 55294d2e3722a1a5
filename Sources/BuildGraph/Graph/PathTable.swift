import Glibc

/// Stands for a path, in everything that is asked often: where a path is the same, its number is.
typealias FileNumber = UInt32

/// Paths, each once, numbered in the order in which they came.
///
/// They lie in one piece of memory, each with a NUL behind it as system calls want it. Bytes are
/// compared: to Swift two texts are equal if they look equal, and to a file system they are not.
struct PathTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each path begins, and where the next one will.
    private var starts: [UInt32] = [0]
    /// Open addressing; half of the hash above the number, which counts from 1. 0: free.
    private var slots = [UInt64](repeating: 0, count: 64)

    var count: Int { starts.count - 1 }

    func find(_ path: String) -> FileNumber? { path.withBytes(find) }

    func find(_ path: UnsafeRawBufferPointer) -> FileNumber? {
        let slot = slots[slotIndex(of: path, hash: QuickHash.of(path))]
        return slot == 0 ? nil : UInt32(truncatingIfNeeded: slot) - 1
    }

    /// The number of a path, which is a new one where it was not there.
    mutating func number(of path: String) -> FileNumber {
        path.withBytes { number(of: $0) }
    }

    mutating func number(of path: UnsafeRawBufferPointer) -> FileNumber {
        let hash = QuickHash.of(path)
        let index = slotIndex(of: path, hash: hash)
        if slots[index] != 0 { return UInt32(truncatingIfNeeded: slots[index]) - 1 }
        bytes.append(contentsOf: path)
        bytes.append(0)
        starts.append(UInt32(bytes.count))
        slots[index] = hash & Self.hashMask | UInt64(count)
        if count * 4 > slots.count * 3 { grow() }
        return UInt32(count - 1)
    }

    func path(_ number: FileNumber) -> String {
        String(decoding: bytes[range(number)], as: UTF8.self)
    }

    func withCString<Value>(_ number: FileNumber, _ body: (UnsafePointer<CChar>) -> Value) -> Value
    {
        let start = Int(starts[Int(number)])
        return bytes.withUnsafeBytes { all in
            guard let first = all.baseAddress else { preconditionFailure("no path \(number)") }
            return body((first + start).assumingMemoryBound(to: CChar.self))
        }
    }

    private func range(_ number: FileNumber) -> Range<Int> {
        Int(starts[Int(number)])..<Int(starts[Int(number) + 1]) - 1
    }

    private static let hashMask: UInt64 = 0xffff_ffff_0000_0000

    /// The slot that has the path, or the free one where it belongs.
    private func slotIndex(of path: UnsafeRawBufferPointer, hash: UInt64) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 {
            if slots[index] & Self.hashMask == hash & Self.hashMask,
                isEqual(UInt32(truncatingIfNeeded: slots[index]) - 1, path)
            {
                return index
            }
            index = (index + 1) & mask
        }
        return index
    }

    private func isEqual(_ number: FileNumber, _ path: UnsafeRawBufferPointer) -> Bool {
        let range = range(number)
        guard range.count == path.count else { return false }
        return bytes.withUnsafeBytes { all in
            guard let ours = all.baseAddress, let theirs = path.baseAddress else { return true }
            return memcmp(ours + range.lowerBound, theirs, path.count) == 0
        }
    }

    /// The lower half of the hash is not kept: paths are hashed again, some twenty times in all.
    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        bytes.withUnsafeBytes { bytes in
            for number in 0..<UInt32(count) {
                let hash = QuickHash.of(UnsafeRawBufferPointer(rebasing: bytes[range(number)]))
                var index = Int(truncatingIfNeeded: hash) & mask
                while slots[index] != 0 { index = (index + 1) & mask }
                slots[index] = hash & Self.hashMask | UInt64(number + 1)
            }
        }
    }
}

/// The paths of a graph and those that only a build knows: what depfiles name. The graph's own
/// table stays as it is, shared by all who have the graph.
struct FileNames: Sendable {
    private let graph: PathTable
    private var others = PathTable()

    init(_ graph: PathTable = PathTable()) { self.graph = graph }

    var count: Int { graph.count + others.count }

    func find(_ path: String) -> FileNumber? {
        graph.find(path) ?? others.find(path).map { $0 + FileNumber(graph.count) }
    }

    mutating func number(of path: String) -> FileNumber { path.withBytes { number(of: $0) } }

    mutating func number(of path: UnsafeRawBufferPointer) -> FileNumber {
        graph.find(path) ?? others.number(of: path) + FileNumber(graph.count)
    }

    func path(_ number: FileNumber) -> String {
        number < graph.count ? graph.path(number) : others.path(number - FileNumber(graph.count))
    }

    func withCString<Value>(_ number: FileNumber, _ body: (UnsafePointer<CChar>) -> Value) -> Value
    {
        number < graph.count
            ? graph.withCString(number, body)
            : others.withCString(number - FileNumber(graph.count), body)
    }
}
