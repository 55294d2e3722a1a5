import Digests
import Glibc

/// Of a file the first 128 bits of its SHA-256: enough to tell two contents apart, small enough for
/// a long log.
struct Fingerprint: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    /// Equal to no content's: a file that has none makes its reader run again.
    static let unknown = Fingerprint(high: 0, low: 0)

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private init(_ digest: Digest) {
        high = digest.bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = digest.bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Of a file's content; nil: it can't be read.
    static func ofFile(_ path: UnsafePointer<CChar>) -> Fingerprint? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var hasher = DigestHasher()
        // Most object files fit: memory that is not touched costs nothing.
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { piece in
            while true {
                let count = read(file, piece.baseAddress, piece.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { return nil }
                guard count > 0 else { return Fingerprint(hasher.finish()) }
                hasher.update(UnsafeBufferPointer(rebasing: piece[..<count]))
            }
        }
    }
}

/// A fingerprint of texts that come one by one; where one ends and the next begins counts too.
///
/// It is quick and no SHA-256, because each build makes one of each command line: whoever could look
/// for two that collide writes both of them.
struct TextFingerprint {
    private(set) var value = Fingerprint(high: 1, low: 2)

    mutating func add(_ text: String) {
        let value = value
        self.value = text.withBytes { bytes in
            Fingerprint(
                high: QuickHash.of(bytes, seed: value.high),
                low: QuickHash.of(bytes, seed: ~value.low))
        }
    }

    static func of(_ texts: some Sequence<String>) -> Fingerprint {
        var fingerprint = TextFingerprint()
        for text in texts { fingerprint.add(text) }
        return fingerprint.value
    }
}
