/// Reads numbers of a part of some bytes. Beyond the end all are 0, and `isOver` says so.
struct ByteCursor {
    private let bytes: [UInt8]
    private let isBig: Bool
    let end: Int
    var at: Int
    private(set) var isOver = false

    init(_ bytes: [UInt8], in range: Range<Int>, isBig: Bool) {
        self.bytes = bytes
        self.isBig = isBig
        at = range.lowerBound
        end = range.upperBound
    }

    mutating func number(_ width: Int) -> UInt64 {
        guard at >= 0, width <= end - at else {
            isOver = true
            at = end
            return 0
        }
        defer { at += width }
        return (0..<width).reduce(0) { value, index in
            value << 8 | UInt64(bytes[isBig ? at + index : at + width - 1 - index])
        }
    }

    /// DWARF's numbers of any length (DWARF 5, 7.6).
    mutating func unsigned() -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = number(1)
            if shift < 64 { value |= (byte & 0x7f) << UInt64(shift) }
            if byte & 0x80 == 0 { return value }
        }
        isOver = true
        return 0
    }

    mutating func signed() -> Int64 {
        var value: Int64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = number(1)
            if shift < 64 { value |= Int64(byte & 0x7f) << Int64(shift) }
            guard byte & 0x80 == 0 else { continue }
            let next = shift + 7
            return byte & 0x40 != 0 && next < 64 ? value | -(1 << Int64(next)) : value
        }
        isOver = true
        return 0
    }

    mutating func skip(_ count: UInt64) {
        guard count <= UInt64(max(0, end - at)) else {
            isOver = true
            at = end
            return
        }
        at += Int(count)
    }
}
