import Digests

/// What a row of the journal is checked by: the beginning of a SHA-256 over all that it says, and over
/// what it depends on. It guards against disks, cut files and mistakes, not against forgers.
struct JournalSeal: Hashable, Sendable {
    static let size = 16

    let bytes: [UInt8]

    /// nil unless `bytes` are as many as a seal has.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    private init(of digest: Digest) { bytes = Array(digest.bytes.prefix(Self.size)) }

    /// Before the first update, and before the first note.
    static let beginning = JournalSeal(of: Digest.of("Marionette's journal"))

    /// Continues a chain of rows: each seal covers the one before.
    func followed(by fields: JournalFields) -> JournalSeal {
        JournalSeal(of: JournalFields(fields.bytes + bytes).digest)
    }
}

/// What a seal covers, so that no two rows have the same bytes.
struct JournalFields {
    private(set) var bytes: [UInt8] = []

    fileprivate init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(_ kind: String) { add(kind) }

    mutating func add(_ number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    mutating func add(_ more: [UInt8]) {
        add(Int64(more.count))
        bytes += more
    }

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    fileprivate var digest: Digest { Digest.of(bytes) }
}
