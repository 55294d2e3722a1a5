/// The checksum of Protocol.md. Four lanes, so that no multiplication waits for the one before.
package func contentChecksum(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { all in
        var lanes = ChecksumLanes()
        let whole = all.count / 32 * 32
        for offset in stride(from: 0, to: whole, by: 32) { lanes.take(all, offset) }
        var rest = [UInt8](repeating: 0, count: 32)
        for (index, byte) in all[whole...].enumerated() { rest[index] = byte }
        rest.withUnsafeBytes { lanes.take($0, 0) }
        return lanes.sum(size: UInt64(all.count))
    }
}

private struct ChecksumLanes {
    private static let factor: UInt64 = 0x9e37_79b9_7f4a_7c15

    private var first: UInt64 = 1
    private var second: UInt64 = 2
    private var third: UInt64 = 3
    private var fourth: UInt64 = 4

    package mutating func take(_ bytes: UnsafeRawBufferPointer, _ offset: Int) {
        first = Self.mixed(first, bytes, offset)
        second = Self.mixed(second, bytes, offset + 8)
        third = Self.mixed(third, bytes, offset + 16)
        fourth = Self.mixed(fourth, bytes, offset + 24)
    }

    package func sum(size: UInt64) -> UInt64 {
        var sum = size
        for lane in [first, second, third, fourth] { sum = (sum ^ lane) &* Self.factor }
        return sum ^ sum >> 32
    }

    private static func mixed(
        _ lane: UInt64, _ bytes: UnsafeRawBufferPointer, _ offset: Int
    ) -> UInt64 {
        let word = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let product = (lane ^ word) &* factor
        return product << 29 | product >> 35
    }
}
