import Digests
import Scheduling
import XDRCoding

/// All that is needed to execute one operation again: what it was given, the context operations
/// before it in their order, and the shared data that it reads. Written where an operation kills
/// its worker again and again. Documentation/Formats.md has the file's layout.
///
/// Whoever executes it again takes a slave of `interfaceHash`, sends it `updates` (positions between
/// them may be left out: a retirement names them) and then the operation at `position`.
public struct Capsule: Hashable, Sendable {
    /// The interface's name, RPC program and version, and its digest.
    public var application: String
    public var program: UInt32
    public var version: UInt32
    public var interfaceHash: [UInt8]
    /// Where it was executed last. `build` is empty where any slave would have been taken.
    public var host: String
    public var target: String
    public var build: String
    public var procedure: UInt32
    public var operation: String
    public var place: OperationPlace
    public var position: Position
    /// As XDR.
    public var arguments: [UInt8]
    public var death: Death
    /// By ascending position. An update that a later one replaces is left out, as is a shared
    /// variable that the operation does not read, and every content of one but the last.
    public var updates: [Update]

    /// How its last worker ended.
    public struct Death: Hashable, Sendable {
        /// How many workers it killed.
        public var kills: UInt32
        public var worker: UInt32
        public var attempt: UInt32
        /// `killed by SIGSEGV`.
        public var how: String
    }

    public struct Update: Hashable, Sendable {
        public enum Change: Hashable, Sendable {
            case context(procedure: UInt32, arguments: [UInt8])
            case shared(slot: UInt32, version: UInt64, bytes: [UInt8])
        }

        public var position: Position
        public var change: Change
    }
}

// MARK: Bytes

extension Capsule {
    /// "MRNC", and the layout's version.
    private static let magic: UInt32 = 0x4d52_4e43
    private static let format: UInt32 = 1
    private static let nameMax: UInt32 = 4096
    private static let digestSize = 32

    /// The file's content.
    func encoded() throws(XDRError) -> [UInt8] {
        var encoder = XDREncoder(limit: RunLimits.capsuleMax)
        try encoder.integer(Self.magic)
        try encoder.integer(Self.format)
        try encoder.encode("capsule", self)
        let digest = Digest.of(encoder.bytes)
        try encoder.opaque("digest", digest.bytes, count: Self.digestSize)
        return encoder.bytes
    }

    /// - Throws: a sentence without a subject.
    init(bytes: [UInt8]) throws(CapsuleFault) {
        var start = XDRDecoder(bytes)
        guard (try? start.integer(UInt32.self)) == Self.magic else { throw .noCapsule }
        guard let format = try? start.integer(UInt32.self) else { throw .damaged }
        guard format == Self.format else { throw .otherFormat(format) }
        let end = bytes.count - Self.digestSize
        // Before anything is believed: a capsule may have been cut off or damaged on its way.
        guard end >= start.offset, Digest.of(bytes[..<end]).bytes == Array(bytes[end...]) else {
            throw .damaged
        }
        do throws(XDRError) {
            var decoder = XDRDecoder(bytes, in: start.offset..<end)
            self = try decoder.decode("capsule")
            try decoder.finish()
        } catch { throw .malformed("\(error)") }
        var last: Position = 0
        for update in updates {
            guard update.position > last, update.position <= position else { throw .disorder }
            last = update.position
        }
    }
}

/// Why a file is not taken for a capsule.
enum CapsuleFault: Error, CustomStringConvertible {
    case noCapsule
    case otherFormat(UInt32)
    case damaged
    case malformed(String)
    case disorder

    var description: String {
        switch self {
        case .noCapsule: "it is no capsule"
        case .otherFormat(let format): "it is a capsule of format \(format), ours is 1"
        case .damaged: "it is cut off or damaged"
        case .malformed(let reason): reason
        case .disorder: "its updates are in disorder"
        }
    }
}

extension Capsule: XDRCodable {
    public func encode(to encoder: inout XDREncoder) throws(XDRError) {
        try encoder.string("application", application, atMost: Self.nameMax)
        try encoder.integer(program)
        try encoder.integer(version)
        try encoder.opaque("interfaceHash", interfaceHash, count: Self.digestSize)
        try encoder.string("host", host, atMost: Self.nameMax)
        try encoder.string("target", target, atMost: Self.nameMax)
        try encoder.string("build", build, atMost: Self.nameMax)
        try encoder.integer(procedure)
        try encoder.string("operation", operation, atMost: Self.nameMax)
        try encoder.integer(place.statement)
        try encoder.integer(place.element)
        try encoder.integer(position)
        try encoder.opaque("arguments", arguments)
        try encoder.integer(death.kills)
        try encoder.integer(death.worker)
        try encoder.integer(death.attempt)
        try encoder.string("how", death.how, atMost: Self.nameMax)
        try encoder.count(updates.count, atMost: .max)
        for update in updates { try encoder.encode("updates", update) }
    }

    public init(from decoder: inout XDRDecoder) throws(XDRError) {
        application = try decoder.string("application", atMost: Self.nameMax)
        program = try decoder.integer(UInt32.self)
        version = try decoder.integer(UInt32.self)
        interfaceHash = try decoder.opaque("interfaceHash", count: Self.digestSize)
        host = try decoder.string("host", atMost: Self.nameMax)
        target = try decoder.string("target", atMost: Self.nameMax)
        build = try decoder.string("build", atMost: Self.nameMax)
        procedure = try decoder.integer(UInt32.self)
        operation = try decoder.string("operation", atMost: Self.nameMax)
        place = OperationPlace(
            statement: try decoder.integer(UInt64.self), element: try decoder.integer(UInt32.self))
        position = try decoder.integer(UInt64.self)
        arguments = try decoder.opaque("arguments")
        death = Death(
            kills: try decoder.integer(UInt32.self), worker: try decoder.integer(UInt32.self),
            attempt: try decoder.integer(UInt32.self),
            how: try decoder.string("how", atMost: Self.nameMax))
        let count = try decoder.count(atMost: .max, itemMin: 20)
        updates = []
        updates.reserveCapacity(count)
        for _ in 0..<count { updates.append(try decoder.decode("updates")) }
    }
}

extension Capsule.Update: XDRCodable {
    public func encode(to encoder: inout XDREncoder) throws(XDRError) {
        try encoder.integer(position)
        switch change {
        case .context(let procedure, let arguments):
            try encoder.integer(UInt32(0))
            try encoder.integer(procedure)
            try encoder.opaque("arguments", arguments)
        case .shared(let slot, let version, let bytes):
            try encoder.integer(UInt32(1))
            try encoder.integer(slot)
            try encoder.integer(version)
            try encoder.opaque("bytes", bytes)
        }
    }

    public init(from decoder: inout XDRDecoder) throws(XDRError) {
        position = try decoder.integer(UInt64.self)
        switch try decoder.integer(UInt32.self) {
        case 0:
            change = .context(
                procedure: try decoder.integer(UInt32.self),
                arguments: try decoder.opaque("arguments"))
        case 1:
            change = .shared(
                slot: try decoder.integer(UInt32.self),
                version: try decoder.integer(UInt64.self), bytes: try decoder.opaque("bytes"))
        case let kind: throw decoder.error(.notMember(type: "update", value: Int64(kind)))
        }
    }
}
