import CLibCrypto
import Glibc

/// A SHA-256 digest (FIPS 180-4): the name of a file's content, of a bundle, of an interface.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    public static let size = 32

    /// Always 32 bytes.
    public let bytes: [UInt8]

    /// nil unless `bytes` are 32.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
    }

    /// nil unless `text` is 64 hexadecimal digits.
    public init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 2 * Self.size else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.nibble(digits[index]), let low = Self.nibble(digits[index + 1])
            else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    private init(trusted bytes: [UInt8]) { self.bytes = bytes }

    public static func of(_ bytes: some Sequence<UInt8>) -> Digest {
        var hasher = DigestHasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    public static func of(_ text: String) -> Digest { of(text.utf8) }

    /// Reads the file in pieces.
    public static func ofFile(_ path: String) throws(UnreadableFile) -> Digest {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw UnreadableFile(path: path, code: errno) }
        defer { close(file) }
        var hasher = DigestHasher()
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw UnreadableFile(path: path, code: errno) }
            guard count > 0 else { return hasher.finish() }
            hasher.update(piece[..<count])
        }
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The first 12 digits, for people.
    public var short: String { String(description.prefix(12)) }

    public static func < (left: Digest, right: Digest) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(hexadecimal: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no SHA-256 digest")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    fileprivate static func trusted(_ bytes: [UInt8]) -> Digest { Digest(trusted: bytes) }
}

/// A file that could not be digested.
public struct UnreadableFile: Error, Hashable, CustomStringConvertible {
    public let path: String
    /// As errno has it.
    public let code: Int32

    public var description: String { "'\(path)' can't be read: \(String(cString: strerror(code)))" }
}

/// Digests bytes that come in pieces.
public struct DigestHasher: ~Copyable {
    private let context: OpaquePointer?

    public init() {
        context = CryptoLibrary.use {
            let context = EVP_MD_CTX_new()
            EVP_DigestInit_ex(context, EVP_sha256(), nil)
            return context
        }
    }

    deinit { CryptoLibrary.use { EVP_MD_CTX_free(context) } }

    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let context = context
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { bytes in
            CryptoLibrary.use { _ = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }
        }
        if isDone == nil { update(Array(bytes)) }
    }

    public mutating func finish() -> Digest {
        var bytes = [UInt8](repeating: 0, count: Digest.size)
        CryptoLibrary.use { _ = EVP_DigestFinal_ex(context, &bytes, nil) }
        return .trusted(bytes)
    }
}
