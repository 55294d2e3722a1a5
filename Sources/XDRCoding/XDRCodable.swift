/// A value with an XDR form (RFC 4506). Generated types conform; so do the numbers and `Bool`.
public protocol XDRCodable {
    /// Reads one value; on an error the decoder stays where the error was found.
    init(from decoder: inout XDRDecoder) throws(XDRError)
    /// Appends the value; throws where a bound of the interface is exceeded.
    func encode(to encoder: inout XDREncoder) throws(XDRError)
}

/// A number whose arrays convert in one pass: as wide on the wire as in memory, bytes swapped.
public protocol XDRNumber: XDRCodable, Sendable {
    associatedtype Wire: FixedWidthInteger & BitwiseCopyable
    init(wire: Wire)
    var wire: Wire { get }
}

extension XDRNumber {
    @inlinable
    public init(from decoder: inout XDRDecoder) throws(XDRError) {
        self.init(wire: try decoder.integer(Wire.self))
    }

    @inlinable
    public func encode(to encoder: inout XDREncoder) throws(XDRError) {
        try encoder.integer(wire)
    }
}

extension XDRNumber where Self == Wire {
    @inlinable public init(wire: Wire) { self = wire }
    @inlinable public var wire: Wire { self }
}

extension Int32: XDRNumber { public typealias Wire = Int32 }
extension UInt32: XDRNumber { public typealias Wire = UInt32 }
extension Int64: XDRNumber { public typealias Wire = Int64 }
extension UInt64: XDRNumber { public typealias Wire = UInt64 }

extension Float: XDRNumber {
    @inlinable public init(wire: UInt32) { self.init(bitPattern: wire) }
    @inlinable public var wire: UInt32 { bitPattern }
}

extension Double: XDRNumber {
    @inlinable public init(wire: UInt64) { self.init(bitPattern: wire) }
    @inlinable public var wire: UInt64 { bitPattern }
}

extension Bool: XDRCodable {
    @inlinable
    public init(from decoder: inout XDRDecoder) throws(XDRError) {
        let word = try decoder.integer(UInt32.self)
        guard word <= 1 else { throw decoder.error(.notBool(word)) }
        self = word == 1
    }

    @inlinable
    public func encode(to encoder: inout XDREncoder) throws(XDRError) {
        try encoder.integer(self ? 1 : 0 as UInt32)
    }
}
