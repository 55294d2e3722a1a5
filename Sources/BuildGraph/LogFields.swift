/// Takes the fields of a log's line one by one, without copying the line: a log has thousands of
/// them, and it is read before anything else happens.
struct LogFields {
    private let bytes: [UInt8]
    private var position = 0

    init(_ line: some Collection<UInt8>) { bytes = Array(line) }

    var isAtEnd: Bool { position > bytes.count || bytes.isEmpty }

    private mutating func next() -> ArraySlice<UInt8>? {
        guard position <= bytes.count else { return nil }
        let end = bytes[position...].firstIndex(of: 0x09) ?? bytes.count
        defer { position = end + 1 }
        return bytes[position..<end]
    }

    mutating func word() -> String { next().map { String(decoding: $0, as: UTF8.self) } ?? "" }

    mutating func number() -> Int? {
        guard let field = next() else { return nil }
        var value = 0
        var digits = field
        let isNegative = digits.first == 0x2d
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.count < 20 else { return nil }
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value &* 10 &+ Int(digit &- 0x30)
        }
        return isNegative ? 0 &- value : value
    }

    mutating func fingerprint() -> Fingerprint? {
        guard let field = next(), field.count == 32 else { return nil }
        var value = Fingerprint.unknown
        for (index, digit) in field.enumerated() {
            let nibble: UInt8
            switch digit {
            case 0x30...0x39: nibble = digit - 0x30
            case 0x61...0x66: nibble = digit - 0x61 + 10
            default: return nil
            }
            if index < 16 {
                value.high = value.high << 4 | UInt64(nibble)
            } else {
                value.low = value.low << 4 | UInt64(nibble)
            }
        }
        return value
    }

    mutating func text() -> String? {
        guard let field = next() else { return nil }
        guard field.contains(0x5c) else { return String(decoding: field, as: UTF8.self) }
        var text: [UInt8] = []
        var quoted = false
        for byte in field {
            if quoted {
                text.append(byte == 0x74 ? 0x09 : byte == 0x6e ? 0x0a : byte)
                quoted = false
            } else if byte == 0x5c {
                quoted = true
            } else {
                text.append(byte)
            }
        }
        return quoted ? nil : String(decoding: text, as: UTF8.self)
    }
}

extension Fingerprint {
    /// 32 hexadecimal digits.
    var text: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
