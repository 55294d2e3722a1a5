/// Reads a JSON text strictly as RFC 8259 has it, nested at most 64 deep. It may come from anybody.
struct JSONParser {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private static let depthMax = 64
    private let text: ArraySlice<UInt8>
    private var place: Int

    init(_ text: ArraySlice<UInt8>) {
        self.text = text
        place = text.startIndex
    }

    /// The one value of the text.
    mutating func whole() throws(Fault) -> JSONValue {
        let result = try value(depth: 0)
        skipSpace()
        guard place == text.endIndex else { throw fault("something follows the value") }
        return result
    }

    private func fault(_ reason: String) -> Fault {
        Fault(description: "byte \(place - text.startIndex): \(reason)")
    }

    private var next: UInt8? { place < text.endIndex ? text[place] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            place += 1
        }
    }

    /// Whether the byte is next; then it is read.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func value(depth: Int) throws(Fault) -> JSONValue {
        guard depth < Self.depthMax else { throw fault("nested too deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Fault) -> JSONValue {
        guard text[place...].starts(with: word.utf8) else { throw fault("no value") }
        place += word.utf8.count
        return value
    }

    private mutating func object(_ depth: Int) throws(Fault) -> JSONValue {
        place += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("no key") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw fault("no colon") }
            members[key] = try value(depth: depth + 1)
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault("the object does not end") }
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(Fault) -> JSONValue {
        place += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault("the array does not end") }
        return .array(elements)
    }

    // MARK: Numbers

    private mutating func number() throws(Fault) -> String {
        let start = place
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: text[start..<place], as: UTF8.self)
    }

    private mutating func digits() throws(Fault) {
        let start = place
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            place += 1
        }
        guard place > start else { throw fault("no value") }
    }

    // MARK: Strings

    private mutating func string() throws(Fault) -> String {
        place += 1
        var bytes: [UInt8] = []
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: bytes, as: UTF8.self) else {
                    throw fault("the string is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            case ..<0x20: throw fault("a control character in a string")
            default: bytes.append(byte)
            }
        }
        throw fault("the string does not end")
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(Fault) {
        guard let byte = next else { throw fault("the string does not end") }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0c)
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "r"): bytes.append(0x0d)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): bytes += Array(String(Character(try scalar())).utf8)
        default: throw fault("no escape sequence")
        }
    }

    /// What follows `\u`; of a surrogate pair, both halves.
    private mutating func scalar() throws(Fault) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(UInt16(first)), take("\\"), take("u") else {
            throw fault("half a surrogate pair")
        }
        let second = try unit()
        guard UTF16.isTrailSurrogate(UInt16(second)),
            let scalar = Unicode.Scalar(0x1_0000 + (first & 0x3ff) << 10 + second & 0x3ff)
        else { throw fault("half a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(Fault) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw fault("no hexadecimal digit")
            }
            unit = unit << 4 | UInt32(digit)
            place += 1
        }
        return unit
    }
}
