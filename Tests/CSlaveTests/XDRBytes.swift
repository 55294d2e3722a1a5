/// Bytes built by hand, as a master of another make would: these tests must not trust our own
/// encoder.
struct XDRBytes {
    var bytes: [UInt8] = []

    static func of(_ words: UInt32...) -> [UInt8] {
        var out = XDRBytes()
        words.forEach { out.word($0) }
        return out.bytes
    }

    static func opaque(_ content: [UInt8]) -> [UInt8] {
        var out = XDRBytes()
        out.opaque(content)
        return out.bytes
    }

    static func text(_ content: String) -> [UInt8] { opaque(Array(content.utf8)) }

    mutating func word(_ value: UInt32) {
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    mutating func long(_ value: UInt64) {
        word(UInt32(truncatingIfNeeded: value >> 32))
        word(UInt32(truncatingIfNeeded: value))
    }

    mutating func opaque(_ content: [UInt8]) {
        word(UInt32(content.count))
        bytes += content
        bytes += [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
    }

    /// Of a version of shared data, word for word as Protocol.md says it.
    static func checksum(_ content: [UInt8]) -> UInt64 {
        let factor: UInt64 = 0x9e37_79b9_7f4a_7c15
        var lanes: [UInt64] = [1, 2, 3, 4]
        let padded = content + [UInt8](repeating: 0, count: 32 - content.count % 32)
        for index in 0..<(padded.count / 8) {
            let word = padded[8 * index..<8 * index + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let product = (lanes[index % 4] ^ word) &* factor
            lanes[index % 4] = product << 29 | product >> 35
        }
        let sum = lanes.reduce(UInt64(content.count)) { ($0 ^ $1) &* factor }
        return sum ^ sum >> 32
    }
}

/// Reads what a slave sent; a read past the end is a failed test, not a crash.
struct XDRCursor {
    struct End: Error {}

    let bytes: [UInt8]
    var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var rest: [UInt8] { Array(bytes[offset...]) }

    mutating func word() throws -> UInt32 {
        guard bytes.count - offset >= 4 else { throw End() }
        defer { offset += 4 }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func long() throws -> UInt64 {
        let high = try word()
        return UInt64(high) << 32 | UInt64(try word())
    }

    mutating func opaque() throws -> [UInt8] {
        let count = Int(try word())
        let padded = (count + 3) / 4 * 4
        guard bytes.count - offset >= padded else { throw End() }
        defer { offset += padded }
        return Array(bytes[offset..<offset + count])
    }

    mutating func text() throws -> String { String(decoding: try opaque(), as: UTF8.self) }
}
