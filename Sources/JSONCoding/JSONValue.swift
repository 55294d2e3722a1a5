/// A JSON text (RFC 8259) as a value.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As it is written, so that a number of 64 bits loses nothing.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Of equal keys the last one counts.
    case object([String: JSONValue])

    /// Appends the text: keys in order, no white space; `indentation` (nil: none) puts each element
    /// on a line of its own.
    func write(into text: inout [UInt8], indentation: Int? = nil) {
        switch self {
        case .null: text += "null".utf8
        case .bool(let value): text += (value ? "true" : "false").utf8
        case .number(let number): text += number.utf8
        case .string(let string): Self.write(string, into: &text)
        case .array(let elements):
            Self.write("[", elements, "]", into: &text, indentation) { element, text, inner in
                element.write(into: &text, indentation: inner)
            }
        case .object(let members):
            let ordered = members.sorted { $0.key < $1.key }
            Self.write("{", ordered, "}", into: &text, indentation) { member, text, inner in
                Self.write(member.key, into: &text)
                text += (inner == nil ? ":" : " : ").utf8
                member.value.write(into: &text, indentation: inner)
            }
        }
    }

    private static func write<Element>(
        _ open: String, _ elements: [Element], _ close: String, into text: inout [UInt8],
        _ indentation: Int?, _ body: (Element, inout [UInt8], Int?) -> Void
    ) {
        let inner = indentation.map { $0 + 2 }
        text += open.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            breakLine(&text, inner)
            body(element, &text, inner)
        }
        if !elements.isEmpty { breakLine(&text, indentation) }
        text += close.utf8
    }

    private static func breakLine(_ text: inout [UInt8], _ indentation: Int?) {
        guard let indentation else { return }
        text.append(UInt8(ascii: "\n"))
        text += repeatElement(UInt8(ascii: " "), count: indentation)
    }

    private static func write(_ string: String, into text: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): text += "\\\"".utf8
            case UInt8(ascii: "\\"): text += "\\\\".utf8
            case 0x08: text += "\\b".utf8
            case 0x09: text += "\\t".utf8
            case 0x0a: text += "\\n".utf8
            case 0x0c: text += "\\f".utf8
            case 0x0d: text += "\\r".utf8
            case ..<0x20:
                text += "\\u00".utf8
                text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
