import Synchronization

/// One version of a shared variable, encoded: its bytes, and where they come from.
///
/// What it has in common with another version is in memory once, and a host that holds one of them
/// is sent, of the other, only what it does not have (Decisions/0010).
package final class SharedContent: Sendable {
    package let memory: ContentMemory
    package let layout: ContentLayout
    private let knownChecksum: UInt64?
    /// What was found for the latest hosts: there may be a thousand that hold the same.
    private let found = Mutex<[(base: ContentLayout, copies: [ContentCopy])]>([])

    package init(_ bytes: [UInt8]) {
        memory = ContentMemory(bytes)
        layout = ContentLayout(size: bytes.count)
        knownChecksum = nil
    }

    /// What follows another version; nil where nothing changed.
    package init?(_ bytes: [UInt8], after earlier: SharedContent) {
        let comparison = bytes.withUnsafeBytes { ContentComparison($0, with: earlier.memory) }
        guard !comparison.isEqual else { return nil }
        memory = ContentMemory(bytes, copying: comparison.copies, of: earlier.memory)
        layout = ContentLayout(
            size: bytes.count, copying: comparison.copies, of: earlier.layout)
        // Here, and not by the I/O thread when a host that holds the earlier version is told.
        knownChecksum = comparison.copies.isEmpty ? nil : contentChecksum(bytes)
    }

    package var size: Int { memory.size }

    /// The bytes in one piece.
    package var bytes: [UInt8] { memory.bytes }

    package var checksum: UInt64 { knownChecksum ?? contentChecksum(bytes) }

    /// What it has in common with a version that a host holds.
    package func copies(of base: ContentLayout) -> [ContentCopy] {
        if let known = found.withLock({ $0.first { $0.base === base } }) { return known.copies }
        let copies = layout.copies(of: base)
        found.withLock { found in
            if found.count == Self.foundMax { found.removeFirst() }
            found.append((base, copies))
        }
        return copies
    }

    private static let foundMax = 4
}
