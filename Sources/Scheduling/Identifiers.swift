/// A host of the run: its index in the order of declaration.
public struct HostID: Hashable, Comparable, Sendable {
    public let index: Int

    public init(index: Int) { self.index = index }

    public static func < (left: HostID, right: HostID) -> Bool { left.index < right.index }
}

/// How many updates precede a point of the master's program.
public typealias Position = UInt64

/// An operation that the program submitted. Indices are used again, generations are not: a name of
/// an operation that ended finds nothing.
public struct OperationID: Hashable, Sendable {
    public let index: UInt32
    public let generation: UInt32

    public init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}

/// One sending of an operation to a host. Numbers grow with each sending and fence off earlier
/// ones.
public struct AttemptID: Hashable, Sendable {
    public let operation: OperationID
    /// From 1.
    public let number: UInt32

    public init(operation: OperationID, number: UInt32) {
        self.operation = operation
        self.number = number
    }
}

/// One content of one shared variable.
public struct SharedVersion: Hashable, Sendable {
    public let slot: Int
    public let version: UInt64

    public init(slot: Int, version: UInt64) {
        self.slot = slot
        self.version = version
    }
}

/// A set of shared variables; slots from 0 to 63.
public struct SlotSet: Hashable, Sendable, Sequence, ExpressibleByArrayLiteral {
    /// The most shared variables that an application may have.
    public static let slotsMax = 64

    public private(set) var bits: UInt64 = 0

    public init(bits: UInt64) { self.bits = bits }

    public init(arrayLiteral slots: Int...) { self.init(slots) }

    public init(_ slots: some Sequence<Int>) {
        for slot in slots where slot >= 0 && slot < Self.slotsMax { bits |= 1 << UInt64(slot) }
    }

    public var isEmpty: Bool { bits == 0 }

    mutating func insert(_ slot: Int) { bits |= SlotSet([slot]).bits }

    public struct Iterator: IteratorProtocol {
        var rest: UInt64

        public mutating func next() -> Int? {
            guard rest != 0 else { return nil }
            defer { rest &= rest - 1 }
            return rest.trailingZeroBitCount
        }
    }

    public func makeIterator() -> Iterator { Iterator(rest: bits) }
}
