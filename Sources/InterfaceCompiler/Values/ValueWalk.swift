/// Goes through an encoded value (XDR, RFC 4506), one part after the other, as its type says.
///
/// The bytes may be anybody's: nothing recurses, and no memory is taken for what a length claims.
public struct ValueWalk {
    public enum Step {
        case open(Container)
        case close(Container)
        case scalar(Scalar)
    }

    public enum Container: Hashable {
        case structure
        case list(count: Int)
    }

    /// A part that has no parts.
    public struct Scalar {
        public enum Kind: Hashable {
            case int, unsignedInt, hyper, unsignedHyper, float, double, quadruple, bool
            case enumeration([EnumerationMember])
            case string, opaque
            /// Of an optional.
            case absent
        }
        public let kind: Kind
        /// Without the length in front and the padding behind.
        public let bytes: ArraySlice<UInt8>
    }

    public enum PathPart: Hashable {
        case name(String)
        case index(Int)
    }

    private enum Work {
        case value(ValueType)
        case field(Field)
        case items(ValueType, next: Int, count: Int)
        case close(Container)
        case leave
    }

    /// Where the last step was.
    public private(set) var path: [PathPart] = []
    /// How many bytes were gone through.
    public private(set) var offset = 0
    private let model: InterfaceModel
    private let bytes: [UInt8]
    private var work: [Work]

    /// - Parameter fields: values one after the other, such as the arguments of an operation.
    public init(_ fields: [Field], of model: InterfaceModel, in bytes: [UInt8]) {
        self.model = model
        self.bytes = bytes
        work = fields.reversed().map { .field($0) }
    }

    /// nil: there is no more. Then all bytes were gone through.
    public mutating func next() throws(ValueFault) -> Step? {
        while let item = work.popLast() {
            switch item {
            case .field(let field):
                path.append(.name(field.name))
                work += [.leave, .value(field.type)]
            case .items(let type, let next, let count) where next < count:
                path.append(.index(next))
                work += [.items(type, next: next + 1, count: count), .leave, .value(type)]
            case .items: break
            case .leave: path.removeLast()
            case .close(let container): return .close(container)
            case .value(let type):
                if let step = try value(model.resolved(type)) { return step }
            }
        }
        guard offset == bytes.count else { throw fault("\(bytes.count - offset) bytes follow it") }
        return nil
    }

    /// nil: it stands for another value, which is the next work.
    private mutating func value(_ type: ValueType) throws(ValueFault) -> Step? {
        switch type {
        case .int: return .scalar(try fixed(.int, 4))
        case .unsignedInt: return .scalar(try fixed(.unsignedInt, 4))
        case .hyper: return .scalar(try fixed(.hyper, 8))
        case .unsignedHyper: return .scalar(try fixed(.unsignedHyper, 8))
        case .float: return .scalar(try fixed(.float, 4))
        case .double: return .scalar(try fixed(.double, 8))
        case .quadruple: return .scalar(try fixed(.quadruple, 16))
        case .bool:
            let scalar = try fixed(.bool, 4)
            guard Self.word(scalar.bytes) < 2 else { throw fault("a bool is neither 0 nor 1") }
            return .scalar(scalar)
        case .string(let bound): return .scalar(try sized(.string, try count(bound)))
        case .opaqueVariable(let bound): return .scalar(try sized(.opaque, try count(bound)))
        case .opaque(let count): return .scalar(try sized(.opaque, Int(count)))
        case .array(let item, let count): return list(item, Int(count))
        case .arrayVariable(let item, let bound):
            let count = try count(bound)
            // What claims more than can be there costs nothing.
            guard count <= (bytes.count - offset) / max(1, model.bytesMin(item)) else {
                throw fault("\(count) items are more than its bytes can hold")
            }
            return list(item, count)
        case .optional(let inner):
            let present = try fixed(.bool, 4)
            switch Self.word(present.bytes) {
            case 0: return .scalar(Scalar(kind: .absent, bytes: present.bytes))
            case 1: work.append(.value(inner))
            default: throw fault("an optional is neither there nor absent")
            }
            return nil
        case .named(let name): return try named(name)
        }
    }

    private mutating func named(_ name: String) throws(ValueFault) -> Step? {
        switch model.type(named: name)?.kind {
        case .enumeration(let members): return .scalar(try fixed(.enumeration(members), 4))
        case .structure(let fields):
            work.append(.close(.structure))
            work += fields.reversed().map { .field($0) }
        case .union(let union):
            work.append(.close(.structure))
            guard bytes.count - offset >= 4 else { throw cut(4) }
            let word = Self.word(bytes[offset..<offset + 4])
            let isUnsigned = model.resolved(union.discriminant.type) == .unsignedInt
            let label = isUnsigned ? Int64(word) : Int64(Int32(bitPattern: word))
            let arm =
                union.arms.first { $0.labels.contains { $0.value == label } }
                ?? union.arms.first(where: \.labels.isEmpty)
            guard let arm else { throw fault("the union has no case \(label)") }
            if let field = arm.field { work.append(.field(field)) }
            work.append(.field(union.discriminant))
        case .typedef, nil: preconditionFailure("a checked model has every name resolved")
        }
        return .open(.structure)
    }

    private mutating func list(_ item: ValueType, _ count: Int) -> Step {
        work += [.close(.list(count: count)), .items(item, next: 0, count: count)]
        return .open(.list(count: count))
    }

    private mutating func count(_ bound: UInt32) throws(ValueFault) -> Int {
        let count = Self.word(try fixed(.unsignedInt, 4).bytes)
        guard count <= bound else { throw fault("\(count) are more than the \(bound) allowed") }
        return Int(count)
    }

    private mutating func fixed(_ kind: Scalar.Kind, _ size: Int) throws(ValueFault) -> Scalar {
        guard bytes.count - offset >= size else { throw cut(size) }
        defer { offset += size }
        return Scalar(kind: kind, bytes: bytes[offset..<offset + size])
    }

    private mutating func sized(_ kind: Scalar.Kind, _ size: Int) throws(ValueFault) -> Scalar {
        let padded = (size + 3) / 4 * 4
        guard bytes.count - offset >= padded else { throw cut(padded) }
        defer { offset += padded }
        return Scalar(kind: kind, bytes: bytes[offset..<offset + size])
    }

    /// Big-endian; of 4 bytes.
    static func word(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// `tile.pixels[17].r`
    public var pathText: String {
        var text = ""
        for part in path {
            switch part {
            case .name(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    private func cut(_ size: Int) -> ValueFault {
        fault("\(size) bytes are wanted, \(bytes.count - offset) are left")
    }

    private func fault(_ reason: String) -> ValueFault {
        ValueFault(path: pathText, reason: reason)
    }
}

/// Bytes that are no value of their type.
public struct ValueFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { path.isEmpty ? reason : "'\(path)': \(reason)" }
}
