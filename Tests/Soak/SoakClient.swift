import CSoak
import Marionette
import Scheduling

/// The client of Worker/soak.c. Its procedures are one for each kind and set of slots.
final class SoakClient: ApplicationClient, Sendable {
    static let interface = InterfaceDescription(
        name: "Soak", program: 0x2000_5041, version: 1,
        hash: [5, 0, 4, 1] + [UInt8](repeating: 0, count: 28),
        shared: ["bytes", "numbers", "text"],
        procedures: contexts + answers(10, "answer", .worker) + answers(18, "pure", .pure)
            + answers(26, "once", .once))

    private static let contexts = [
        ProcedureDescription(
            number: 1, name: "setFirst", kind: .context, reads: [], replacesEarlier: true),
        ProcedureDescription(
            number: 2, name: "setSecond", kind: .context, reads: [], replacesEarlier: true),
        ProcedureDescription(number: 3, name: "fold", kind: .context, reads: []),
    ]

    private static func answers(
        _ first: UInt32, _ name: String, _ kind: ProcedureDescription.Kind
    ) -> [ProcedureDescription] {
        (0..<8 as Range<UInt32>).map { slots in
            ProcedureDescription(
                number: first + slots, name: "\(name)\(slots)", kind: kind,
                reads: (0..<3).filter { slots >> $0 & 1 == 1 })
        }
    }

    static func procedure(_ kind: OperationKind, _ reads: SlotSet) -> UInt32 {
        let first: UInt32 = [.worker: 10, .pure: 18, .once: 26][kind]!
        return first + UInt32(reads.bits)
    }

    let master: Master
    private let bytesVariable: SharedVariable<Bytes>
    private let numbersVariable: SharedVariable<Numbers>
    private let textVariable: SharedVariable<Bytes>

    init(master: Master) {
        self.master = master
        bytesVariable = SharedVariable(master: master, slot: 0, initial: Bytes())
        numbersVariable = SharedVariable(master: master, slot: 1, initial: Numbers())
        textVariable = SharedVariable(master: master, slot: 2, initial: Bytes())
    }

    func set(_ slot: Int, _ bytes: [UInt8]) {
        switch slot {
        case 0: bytesVariable.value = Bytes(bytes: bytes)
        case 1: numbersVariable.value = Numbers(numbers: Self.numbers(bytes))
        default: textVariable.value = Bytes(bytes: bytes)
        }
    }

    /// What a slave makes of that content.
    static func digest(_ slot: Int, _ bytes: [UInt8]) -> UInt64 {
        guard slot == 1 else { return soak_digest(bytes, bytes.count) }
        let numbers = numbers(bytes)
        return soak_digest_numbers(numbers, numbers.count)
    }

    /// Four bytes are a number; those of an unfinished one are left out.
    private static func numbers(_ bytes: [UInt8]) -> [Int32] {
        let count = bytes.count / 4
        return [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[..<(4 * count)]))
            }
            initialized = count
        }
    }

    // MARK: Operations

    func update(_ update: SoakProgram.Update, _ filler: [UInt8]) async throws {
        let procedure = UInt32(update.replacing.map { $0 + 1 } ?? 3)
        try await master.update(procedure: procedure) {
            (encoder: inout XDREncoder) throws(XDRError) in
            try encoder.encode("value", update.value)
            try encoder.encode("how", UInt32(update.fails ? 1 : 0))
            try encoder.encode("microseconds", update.microseconds)
            try encoder.opaque("filler", filler)
        }
    }

    func perform(_ procedure: UInt32, _ call: SoakCall) async throws -> SoakAnswer {
        try await master.perform(
            procedure: procedure,
            { (encoder: inout XDREncoder) throws(XDRError) in try call.encode(to: &encoder) },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> SoakAnswer in
                try SoakAnswer(from: &decoder)
            })
    }

    func perform(
        _ procedure: UInt32, each calls: some Sequence<SoakCall> & Sendable
    ) -> OperationResults<SoakCall, SoakAnswer> {
        master.perform(
            procedure: procedure, each: calls,
            encode: { (call: SoakCall, encoder: inout XDREncoder) throws(XDRError) in
                try call.encode(to: &encoder)
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> SoakAnswer in
                try SoakAnswer(from: &decoder)
            })
    }

    private struct Bytes: XDRCodable, Sendable {
        var bytes: [UInt8] = []
        init(bytes: [UInt8] = []) { self.bytes = bytes }

        init(from decoder: inout XDRDecoder) throws(XDRError) {
            bytes = try decoder.opaque("bytes")
        }

        func encode(to encoder: inout XDREncoder) throws(XDRError) {
            try encoder.opaque("bytes", bytes)
        }
    }

    private struct Numbers: XDRCodable, Sendable {
        var numbers: [Int32] = []
        init(numbers: [Int32] = []) { self.numbers = numbers }

        init(from decoder: inout XDRDecoder) throws(XDRError) {
            numbers = try decoder.numbers("numbers")
        }

        func encode(to encoder: inout XDREncoder) throws(XDRError) {
            try encoder.numbers("numbers", numbers)
        }
    }
}

/// One operation's argument, and what must come of it.
struct SoakCall: Sendable {
    let member: Int
    let argument: UInt64
    let how: SoakProgram.How
    let microseconds: UInt32
    let resultSize: Int
    /// Where it leaves a note; empty: nowhere.
    let notes: String
    let filler: [UInt8]
    let expected: UInt64

    func encode(to encoder: inout XDREncoder) throws(XDRError) {
        try encoder.encode("argument", argument)
        try encoder.encode("how", how.rawValue)
        try encoder.encode("microseconds", microseconds)
        try encoder.encode("resultSize", UInt32(resultSize))
        try encoder.string("notes", notes)
        try encoder.opaque("filler", filler)
    }
}

struct SoakAnswer: Sendable {
    let value: UInt64
    let filler: [UInt8]

    init(from decoder: inout XDRDecoder) throws(XDRError) {
        value = try decoder.decode("value")
        filler = try decoder.opaque("filler")
    }
}

extension SoakProgram.Content {
    var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            soak_fill(seed, texture, buffer.baseAddress, size)
            initialized = size
        }
    }
}
