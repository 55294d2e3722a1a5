/// What is not made of other values.
protocol JSONPrimitive {
    /// nil: the value is none of this type.
    init?(json: JSONValue)
    /// nil: JSON has no such value.
    var json: JSONValue? { get }
}

extension Bool: JSONPrimitive {
    init?(json: JSONValue) {
        guard case .bool(let value) = json else { return nil }
        self = value
    }

    var json: JSONValue? { .bool(self) }
}

extension String: JSONPrimitive {
    init?(json: JSONValue) {
        guard case .string(let value) = json else { return nil }
        self = value
    }

    var json: JSONValue? { .string(self) }
}

extension JSONPrimitive where Self: FixedWidthInteger {
    init?(json: JSONValue) {
        guard case .number(let text) = json else { return nil }
        // `5.0` and `5e3` are integers, too.
        guard let value = Self(text) ?? Double(text).flatMap({ Self(exactly: $0) }) else {
            return nil
        }
        self = value
    }

    var json: JSONValue? { .number(description) }
}

extension Int: JSONPrimitive {}
extension Int8: JSONPrimitive {}
extension Int16: JSONPrimitive {}
extension Int32: JSONPrimitive {}
extension Int64: JSONPrimitive {}
extension UInt: JSONPrimitive {}
extension UInt8: JSONPrimitive {}
extension UInt16: JSONPrimitive {}
extension UInt32: JSONPrimitive {}
extension UInt64: JSONPrimitive {}

extension JSONPrimitive where Self: BinaryFloatingPoint & LosslessStringConvertible {
    init?(json: JSONValue) {
        guard case .number(let text) = json, let value = Self(text), value.isFinite else {
            return nil
        }
        self = value
    }

    var json: JSONValue? {
        guard isFinite else { return nil }
        let text = description
        return .number(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }
}

extension Double: JSONPrimitive {}
extension Float: JSONPrimitive {}
