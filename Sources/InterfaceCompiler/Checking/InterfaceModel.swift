import Diagnostics
import Digests

/// A checked interface: every name is resolved, every bound a number.
public struct InterfaceModel: Hashable, Sendable {
    /// The file as the user named it.
    public let file: String
    public let constants: [InterfaceConstant]
    /// Constants that are no numbers, an extension of rpcgen.
    public let texts: [InterfaceText]
    /// In the order of the file.
    public let types: [InterfaceType]
    public let programs: [InterfaceProgram]
    public let application: InterfaceApplication?
    /// SHA-256 of the canonical rendering: the same for two files that differ only in comments,
    /// layout and the way in which constants are written.
    public let hash: Digest
    /// The types, programs and the application in one spelling; the hash is made from it.
    public let canonicalText: String
    /// The interface and every file that it includes, as they were found.
    public let files: [String]
    /// What is worth knowing and stops nothing.
    public let warnings: [Diagnostic]

    let index: [String: Int]

    /// The type of this name; every named type of a model has one.
    func type(named name: String) -> InterfaceType? { index[name].map { types[$0] } }
}

public struct InterfaceConstant: Hashable, Sendable {
    public let name: String
    public let value: Int128
    public let documentation: String?
}

/// `const NAME = "text";`
public struct InterfaceText: Hashable, Sendable {
    public let name: String
    public let value: String
    public let documentation: String?
}

/// What a field, an item, a parameter or a result holds.
public indirect enum ValueType: Hashable, Sendable {
    case int, unsignedInt, hyper, unsignedHyper, float, double, bool
    /// 16 bytes that are a number, with which neither C nor Swift calculates.
    case quadruple
    case string(bound: UInt32)
    case opaque(count: UInt32)
    case opaqueVariable(bound: UInt32)
    case array(ValueType, count: UInt32)
    case arrayVariable(ValueType, bound: UInt32)
    case optional(ValueType)
    case named(String)
}

public struct InterfaceType: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case enumeration([EnumerationMember])
        case structure([Field])
        case union(UnionType)
        case typedef(ValueType)
    }
    public let name: String
    public let documentation: String?
    public internal(set) var kind: Kind
    /// Values of it may contain values of it.
    public var isRecursive = false
    /// The fewest bytes that a value has on the wire.
    public var bytesMin = 4
}

public struct EnumerationMember: Hashable, Sendable {
    public let name: String
    public let value: Int32
    /// Its own, or the enumeration's before it where another enumeration has a member of its name.
    let nameInC: String
    public let documentation: String?
}

public struct Field: Hashable, Sendable {
    public let name: String
    public let type: ValueType
    public let documentation: String?

    public init(name: String, type: ValueType, documentation: String? = nil) {
        self.name = name
        self.type = type
        self.documentation = documentation
    }
}

public struct UnionType: Hashable, Sendable {
    public struct Arm: Hashable, Sendable {
        /// Empty for `default`. With their names where they are members of an enumeration.
        public let labels: [Label]
        /// nil for `void`.
        public let field: Field?
        public let documentation: String?
        /// The field holds values of the union, without a count or an optional on the way: a value of
        /// the union has room for its address only.
        public internal(set) var isIndirect = false
    }
    public struct Label: Hashable, Sendable {
        public let name: String?
        public let value: Int64
    }
    public let discriminant: Field
    public internal(set) var arms: [Arm]
    /// The arm of the union's zero: the first one, of those that don't lead back to the union, if
    /// there are any.
    public internal(set) var zeroArm = 0
}

public struct InterfaceProcedure: Hashable, Sendable {
    public let name: String
    public let number: UInt32
    /// nil for `void`.
    public let result: ValueType?
    public let parameters: [Field]
    public let documentation: String?
}

public struct InterfaceProgram: Hashable, Sendable {
    public struct Version: Hashable, Sendable {
        public let name: String
        public let number: UInt32
        public let procedures: [InterfaceProcedure]
    }
    public let name: String
    public let number: UInt32
    public let versions: [Version]
    public let documentation: String?
}

public enum OperationKind: String, Hashable, Sendable {
    case context, worker
    case pure = "worker pure"
    case once = "worker once"
}

public struct InterfaceOperation: Hashable, Sendable {
    public let kind: OperationKind
    /// Of a context operation: it replaces the effect of its earlier invocations, so that only the
    /// last one need be sent to a host that joins.
    public let replacesEarlier: Bool
    public let procedure: InterfaceProcedure
    /// Slots of shared data, in the order in which the interface names them.
    public let reads: [Int]
}

public struct InterfaceApplication: Hashable, Sendable {
    public let name: String
    public let program: UInt32
    /// Always 1: a changed interface has another hash.
    public let version: UInt32
    /// The index is the slot.
    public let shared: [Field]
    /// In the order of the file; procedure numbers count from 1.
    public let operations: [InterfaceOperation]
    public let documentation: String?
}
