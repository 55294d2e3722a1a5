import Diagnostics

/// A value as a person reads it, abridged: `{x: 1, name: "left", pixels: [1, 2, 3, … 4,093 more]}`.
public struct ValueText: Hashable, Sendable {
    public let name: String
    public let text: String
    /// Of the encoded value.
    public let size: Int

    /// Items of a list that are shown.
    static let itemsMax = 6
    /// Bytes of a text, and of an opaque.
    static let textMax = 48
    static let bytesMax = 12
    /// Characters of the whole; it ends with the part that passes them.
    static let lengthMax = 360

    /// The values of fields that were encoded one after the other.
    public static func all(
        _ fields: [Field], of model: InterfaceModel, in bytes: [UInt8]
    ) throws(ValueFault) -> [ValueText] {
        var walk = ValueWalk(fields, of: model, in: bytes)
        var texts: [ValueText] = []
        var writer = Writer()
        var start = 0
        while let step = try walk.next() {
            writer.add(step, walk.path)
            guard writer.depth == 0, let field = fields.dropFirst(texts.count).first else {
                continue
            }
            texts.append(
                ValueText(name: field.name, text: writer.text, size: walk.offset - start))
            (writer, start) = (Writer(), walk.offset)
        }
        return texts
    }

    private struct Writer {
        var text = ""
        var depth = 0
        /// Nothing is written until the walk is back at this depth.
        private var hiddenAt: Int?
        /// What separates the next part from the one before it.
        private var isFirst = true

        mutating func add(_ step: ValueWalk.Step, _ path: [ValueWalk.PathPart]) {
            switch step {
            case .scalar(let scalar):
                if opens(path) { text += scalar.text }
            case .open(let container):
                let isShown = opens(path)
                depth += 1
                if isShown { text += container.isList ? "[" : "{" }
                isFirst = true
            case .close(let container):
                depth -= 1
                if hiddenAt == depth + 1 { hiddenAt = nil }
                isFirst = false
                guard hiddenAt == nil else { return }
                if case .list(let count) = container, count > itemsMax {
                    text += ", … \(ValueText.grouped(count - itemsMax)) more"
                }
                text += container.isList ? "]" : "}"
            }
        }

        /// Writes what stands before a part; whether it is shown.
        private mutating func opens(_ path: [ValueWalk.PathPart]) -> Bool {
            guard hiddenAt == nil else { return false }
            if case .index(let index)? = path.last, index >= itemsMax {
                hiddenAt = depth
                return false
            }
            if text.count > lengthMax {
                if !text.hasSuffix("…") { text += isFirst ? "…" : ", …" }
                hiddenAt = max(1, depth)
                return depth == 0
            }
            guard depth > 0 else { return true }
            if !isFirst { text += ", " }
            isFirst = false
            if case .name(let name)? = path.last { text += "\(name): " }
            return true
        }
    }

    static func grouped(_ count: Int) -> String {
        var digits = String(count)
        var text = ""
        while digits.count > 3 {
            text = ",\(digits.suffix(3))\(text)"
            digits.removeLast(3)
        }
        return digits + text
    }
}

extension ValueWalk.Container {
    fileprivate var isList: Bool { if case .list = self { true } else { false } }
}

extension ValueWalk.Scalar {
    /// `-7`, `"left"`, `RED`, `0a0b0c… 1,024 bytes`
    public var text: String {
        switch kind {
        case .int: "\(Int32(bitPattern: word))"
        case .unsignedInt: "\(word)"
        case .hyper: "\(Int64(bitPattern: long))"
        case .unsignedHyper: "\(long)"
        case .float: "\(Float(bitPattern: word))"
        case .double: "\(Double(bitPattern: long))"
        case .bool: word == 0 ? "false" : "true"
        case .enumeration(let members):
            members.first { $0.value == Int32(bitPattern: word) }?.name
                ?? "\(Int32(bitPattern: word))"
        case .absent: "absent"
        case .quadruple: hexadecimal(bytes)
        case .opaque:
            bytes.isEmpty
                ? "no bytes"
                : bytes.count <= ValueText.bytesMax
                    ? hexadecimal(bytes)
                    : hexadecimal(bytes.prefix(ValueText.bytesMax))
                        + "… \(ValueText.grouped(bytes.count)) bytes"
        case .string:
            bytes.count <= ValueText.textMax
                ? "\"\(String(decoding: bytes, as: UTF8.self).neutral)\""
                : "\"\(beginning)…\" \(ValueText.grouped(bytes.count)) bytes"
        }
    }

    /// Of a text; a character that is cut is left out.
    private var beginning: String {
        let text = String(decoding: bytes.prefix(ValueText.textMax), as: UTF8.self)
        return String(text.reversed().drop { $0 == "\u{fffd}" }.reversed()).neutral
    }

    /// As a number has them.
    var bits: String? {
        switch kind {
        case .float, .double, .quadruple: "0x\(hexadecimal(bytes))"
        default: nil
        }
    }

    var word: UInt32 { ValueWalk.word(bytes) }
    var long: UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}

private func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
