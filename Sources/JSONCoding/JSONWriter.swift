/// JSON of values of types that are `Encodable`: keys in order, `/` as it is.
public enum JSONWriter {
    /// - Parameter isIndented: each element on a line of its own, for people.
    /// - Throws: `EncodingError`, where a number is not finite.
    public static func text(_ value: some Encodable, isIndented: Bool = false) throws -> [UInt8] {
        var text: [UInt8] = []
        try ValueEncoder.json(of: value, codingPath: [])
            .write(into: &text, indentation: isIndented ? 0 : nil)
        return text
    }

    /// A string as JSON has it, quotes and all.
    public static func text(_ string: String) -> [UInt8] {
        var text: [UInt8] = []
        JSONValue.string(string).write(into: &text)
        return text
    }
}

/// What a value made of itself; its containers share it.
private final class ValueBox {
    /// An object or array is here while it grows.
    var members: [String: ValueBox]?
    var elements: [ValueBox]?
    var value: JSONValue?

    init(_ value: JSONValue? = nil) { self.value = value }

    /// A value that encodes nothing is an empty object.
    var json: JSONValue {
        if let members { return .object(members.mapValues(\.json)) }
        if let elements { return .array(elements.map(\.json)) }
        return value ?? .object([:])
    }
}

private struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let box: ValueBox
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func json(
        of value: some Encodable, codingPath: [any CodingKey]
    ) throws -> JSONValue {
        guard let primitive = value as? any JSONPrimitive else {
            let encoder = ValueEncoder(box: ValueBox(), codingPath: codingPath)
            try value.encode(to: encoder)
            return encoder.box.json
        }
        guard let json = primitive.json else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "JSON has no \(value)"))
        }
        return json
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if box.members == nil { box.members = [:] }
        return KeyedEncodingContainer(ObjectEncoder<Key>(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if box.elements == nil { box.elements = [] }
        return ArrayEncoder(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { box.value = .null }

    func encode<Value: Encodable>(_ value: Value) throws {
        box.value = try Self.json(of: value, codingPath: codingPath)
    }
}

private struct ObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: ValueBox
    let codingPath: [any CodingKey]

    /// A member that is made by whoever gets the encoder.
    private func encoder(_ key: some CodingKey) -> ValueEncoder {
        let member = ValueBox()
        box.members?[key.stringValue] = member
        return ValueEncoder(box: member, codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { encoder(key).encodeNil() }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try encoder(key).encode(value)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        encoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { encoder(PlainKey(stringValue: "super")) }

    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

private struct ArrayEncoder: UnkeyedEncodingContainer {
    let box: ValueBox
    let codingPath: [any CodingKey]

    var count: Int { box.elements?.count ?? 0 }

    /// An element that is made by whoever gets the encoder.
    private func encoder() -> ValueEncoder {
        let element = ValueBox()
        let path = codingPath + [PlainKey(intValue: count)]
        box.elements?.append(element)
        return ValueEncoder(box: element, codingPath: path)
    }

    func encodeNil() { encoder().encodeNil() }

    func encode<Value: Encodable>(_ value: Value) throws { try encoder().encode(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        encoder().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }

    func superEncoder() -> any Encoder { encoder() }
}
