import Digests
import WireProtocol
import XDRCoding

/// All that is needed to execute one operation again: what it was given, the context operations
/// before it in their order, and the shared data that it reads; and how it ended. Written where an
/// operation kills its worker again and again, or where the user asks for it. Interfaces/capsule.x
/// has the file's layout.
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
    public var position: UInt64
    /// As XDR.
    public var arguments: [UInt8]
    /// The last worker that executed it, and the attempt.
    public var worker: UInt32
    public var attempt: UInt32
    public var outcome: Outcome
    /// By ascending position. An update that a later one replaces is left out, as is a shared
    /// variable that the operation does not read, and every content of one but the last.
    public var updates: [Update]

    package init(
        application: String, program: UInt32, version: UInt32, interfaceHash: [UInt8],
        host: String, target: String, build: String, procedure: UInt32, operation: String,
        place: OperationPlace, position: UInt64, arguments: [UInt8], worker: UInt32,
        attempt: UInt32, outcome: Outcome, updates: [Update]
    ) {
        self.application = application
        self.program = program
        self.version = version
        self.interfaceHash = interfaceHash
        self.host = host
        self.target = target
        self.build = build
        self.procedure = procedure
        self.operation = operation
        self.place = place
        self.position = position
        self.arguments = arguments
        self.worker = worker
        self.attempt = attempt
        self.outcome = outcome
        self.updates = updates
    }

    public enum Outcome: Hashable, Sendable {
        /// It killed so many workers, the last one like this: `killed by SIGSEGV`.
        case death(kills: UInt32, how: String)
        /// As XDR.
        case result([UInt8])
    }

    /// A context operation, or a content of a shared variable, as XDR.
    public struct Update: Hashable, Sendable {
        public enum Change: Hashable, Sendable {
            case context(procedure: UInt32, arguments: [UInt8])
            case shared(slot: UInt32, version: UInt64, bytes: [UInt8])
        }

        public var position: UInt64
        public var change: Change

        package init(position: UInt64, change: Change) {
            self.position = position
            self.change = change
        }
    }
}

// MARK: Bytes

extension Capsule {
    /// Of a capsule's file, in bytes; so also of all that one run writes.
    package static let sizeMax = 1 << 30

    /// Reads a capsule that may come from anybody.
    ///
    /// - Throws: `capsuleUnreadable`: there is no such file, it has more than 1 GiB, or it is no
    ///   capsule, damaged, or of another format.
    public init(contentsOf path: String) throws(RunRecordsError) {
        (self, _) = try Self.read(path)
    }

    /// Likewise, with the file's bytes.
    package static func read(
        _ path: String
    ) throws(RunRecordsError) -> (capsule: Capsule, bytes: [UInt8]) {
        do {
            let bytes = try FileContent.read(path, atMost: Self.sizeMax)
            return (try Capsule(bytes: bytes), bytes)
        } catch {
            let fault = error as? FileContent.Fault
            throw .capsuleUnreadable(path: path, reason: fault?.reason ?? "\(error)")
        }
    }

    /// The file's digest, in hexadecimal digits: what names the capsule, wherever it lies.
    package static func name(of bytes: [UInt8]) -> String {
        bytes.suffix(Digest.size).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// About as many bytes as the file has, before it is made.
    package var size: Int {
        updates.reduce(arguments.count + outcome.size) { sum, update in
            switch update.change {
            case .context(_, let arguments): sum + arguments.count + 32
            case .shared(_, _, let bytes): sum + bytes.count + 32
            }
        }
    }
}

extension Capsule {
    /// The file's content.
    package func encoded() throws(XDRError) -> [UInt8] {
        var encoder = XDREncoder(limit: Self.sizeMax)
        let head = capsule_head(magic: UInt32(CAPSULE_MAGIC), format: UInt32(CAPSULE_FORMAT))
        try encoder.encode("head", head)
        try encoder.encode("capsule", shape)
        let digest = Digest.of(encoder.bytes).bytes
        try encoder.opaque("digest", digest, count: digest.count)
        return encoder.bytes
    }

    /// - Throws: a sentence without a subject.
    init(bytes: [UInt8]) throws(CapsuleFault) {
        var start = XDRDecoder(bytes)
        guard let head = try? start.decode("head") as capsule_head, head.magic == CAPSULE_MAGIC
        else { throw .noCapsule }
        guard head.format == CAPSULE_FORMAT else { throw .otherFormat(head.format) }
        let end = bytes.count - Digest.size
        // Before anything is believed: a capsule may have been cut off or damaged on its way.
        guard end >= start.offset, Digest.of(bytes[..<end]).bytes == Array(bytes[end...]) else {
            throw .damaged
        }
        do throws(XDRError) {
            var decoder = XDRDecoder(bytes, in: start.offset..<end)
            self.init(try decoder.decode("capsule"))
            try decoder.finish()
        } catch { throw .malformed("\(error)") }
        var last: UInt64 = 0
        for update in updates {
            guard update.position > last, update.position <= position else { throw .disorder }
            last = update.position
        }
    }

    private var shape: capsule {
        capsule(
            application: application, program: program, version: version,
            interface_hash: interfaceHash, host: host, target: target, build: build,
            procedure: procedure, operation: operation, statement: place.statement,
            element: place.element, position: position, arguments: arguments, worker: worker,
            attempt: attempt, outcome: outcome.shape, updates: updates.map(\.shape))
    }

    private init(_ shape: capsule) {
        self.init(
            application: shape.application, program: shape.program, version: shape.version,
            interfaceHash: shape.interface_hash, host: shape.host, target: shape.target,
            build: shape.build, procedure: shape.procedure, operation: shape.operation,
            place: OperationPlace(statement: shape.statement, element: shape.element),
            position: shape.position, arguments: shape.arguments,
            worker: shape.worker, attempt: shape.attempt, outcome: Outcome(shape.outcome),
            updates: shape.updates.map(Update.init))
    }
}

extension Capsule.Outcome {
    fileprivate var size: Int { if case .result(let bytes) = self { bytes.count } else { 0 } }

    fileprivate var shape: capsule_outcome {
        switch self {
        case .death(let kills, let how): .CAPSULE_DEATH(capsule_death(kills: kills, how: how))
        case .result(let bytes): .CAPSULE_RESULT(bytes)
        }
    }

    fileprivate init(_ shape: capsule_outcome) {
        switch shape {
        case .CAPSULE_DEATH(let death): self = .death(kills: death.kills, how: death.how)
        case .CAPSULE_RESULT(let bytes): self = .result(bytes)
        }
    }
}

extension Capsule.Update {
    fileprivate var shape: capsule_update {
        switch change {
        case .context(let procedure, let arguments):
            let context = capsule_context(procedure: procedure, arguments: arguments)
            return capsule_update(position: position, change: .CAPSULE_CONTEXT(context))
        case .shared(let slot, let version, let bytes):
            let shared = capsule_shared(slot: slot, version: version, bytes: bytes)
            return capsule_update(position: position, change: .CAPSULE_SHARED(shared))
        }
    }

    fileprivate init(_ shape: capsule_update) {
        position = shape.position
        switch shape.change {
        case .CAPSULE_CONTEXT(let context):
            change = .context(procedure: context.procedure, arguments: context.arguments)
        case .CAPSULE_SHARED(let shared):
            change = .shared(slot: shared.slot, version: shared.version, bytes: shared.bytes)
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
        case .otherFormat(let format):
            "it is a capsule of format \(format), ours is \(CAPSULE_FORMAT)"
        case .damaged: "it is cut off or damaged"
        case .malformed(let reason): reason
        case .disorder: "its updates are in disorder"
        }
    }
}
