import Digests

/// The first 128 bits of a SHA-256: enough to tell two contents apart, small enough for a long log.
struct Fingerprint: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    /// Equal to no content's: a file that has none makes its reader run again.
    static let unknown = Fingerprint(high: 0, low: 0)

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ digest: Digest) {
        high = digest.bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = digest.bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Of several texts; where one ends and the next begins counts too.
    static func of(_ texts: some Sequence<String>) -> Fingerprint {
        Fingerprint(Digest.of(texts.map { "\($0.utf8.count):\($0)" }.joined()))
    }

    /// Of a file's content.
    static func ofFile(_ path: String) throws(UnreadableFile) -> Fingerprint {
        Fingerprint(try Digest.ofFile(path))
    }
}
