@testable import Marionette

/// The client of Worker/trial.c, in the form in which the interface compiler makes clients.
final class Trial: ApplicationClient, Sendable {
    static let interface = InterfaceDescription(
        name: "Trial", program: 0x2000_1234, version: 1,
        hash: [1, 2, 3] + [UInt8](repeating: 0, count: 29), shared: ["table"],
        procedures: [
            ProcedureDescription(number: 1, name: "add", kind: .context, reads: []),
            ProcedureDescription(number: 2, name: "square", kind: .pure, reads: []),
            ProcedureDescription(number: 3, name: "process", kind: .worker, reads: []),
            ProcedureDescription(number: 4, name: "crash", kind: .worker, reads: []),
            ProcedureDescription(number: 5, name: "crashOnce", kind: .once, reads: []),
            ProcedureDescription(number: 6, name: "look", kind: .worker, reads: [0]),
            ProcedureDescription(number: 7, name: "echo", kind: .worker, reads: []),
            ProcedureDescription(number: 8, name: "tell", kind: .worker, reads: []),
            ProcedureDescription(number: 9, name: "note", kind: .once, reads: []),
            ProcedureDescription(number: 10, name: "burst", kind: .worker, reads: [0]),
            ProcedureDescription(number: 11, name: "hold", kind: .worker, reads: []),
            ProcedureDescription(number: 12, name: "measure", kind: .worker, reads: []),
            ProcedureDescription(number: 13, name: "make", kind: .worker, reads: []),
            ProcedureDescription(number: 14, name: "wait", kind: .worker, reads: []),
        ])

    /// The same application after someone changed its interface.
    static let otherInterface = InterfaceDescription(
        name: interface.name, program: interface.program, version: interface.version,
        hash: [UInt8](repeating: 9, count: 32), shared: interface.shared,
        procedures: interface.procedures)

    let master: Master
    private let tableVariable: SharedVariable<Bytes>

    init(master: Master) {
        self.master = master
        tableVariable = SharedVariable(master: master, slot: 0, initial: Bytes())
    }

    var table: [UInt8] {
        get { tableVariable.value.bytes }
        set { tableVariable.value = Bytes(bytes: newValue) }
    }

    func add(_ value: Int32) async throws {
        try await master.update(procedure: 1) { (encoder: inout XDREncoder) throws(XDRError) in
            try encoder.encode("value", value)
        }
    }

    func square(_ value: Int32, milliseconds: UInt32 = 0) async throws -> Int64 {
        try await master.perform(
            procedure: 2,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.encode("value", value)
                try encoder.encode("milliseconds", milliseconds)
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> Int64 in
                try decoder.decode("result")
            })
    }

    func square(
        each values: some Sequence<Int32> & Sendable, milliseconds: UInt32 = 0
    ) -> OperationResults<Int32, Int64> {
        master.perform(
            procedure: 2, each: values,
            encode: { (value: Int32, encoder: inout XDREncoder) throws(XDRError) in
                try encoder.encode("value", value)
                try encoder.encode("milliseconds", milliseconds)
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> Int64 in
                try decoder.decode("result")
            })
    }

    /// The process of the worker that executed it.
    func process(milliseconds: UInt32) async throws -> Int32 {
        try await master.perform(
            procedure: 3,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.encode("milliseconds", milliseconds)
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> Int32 in
                try decoder.decode("result")
            })
    }

    /// Ends when there is such a file; the process of the worker that executed it.
    func wait(for path: String) async throws -> Int32 {
        try await master.perform(
            procedure: 14,
            { (encoder: inout XDREncoder) throws(XDRError) in try encoder.string("path", path) },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> Int32 in
                try decoder.decode("result")
            })
    }

    enum Crash: Int32 { case failure, segmentationFault, kill }

    func crash(_ how: Crash) async throws { try await crash(how, procedure: 4) }
    func crashOnce(_ how: Crash) async throws { try await crash(how, procedure: 5) }

    private func crash(_ how: Crash, procedure: UInt32) async throws {
        try await master.perform(
            procedure: procedure,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.encode("how", how.rawValue)
            },
            decode: { (_: inout XDRDecoder) throws(XDRError) -> Void in })
    }

    /// The byte at `index` of the shared table, and the table's size.
    func look(_ index: UInt32) async throws -> (byte: UInt32, size: UInt32) {
        try await master.perform(
            procedure: 6,
            { (encoder: inout XDREncoder) throws(XDRError) in try encoder.encode("index", index) },
            decode: {
                (decoder: inout XDRDecoder) throws(XDRError) -> (byte: UInt32, size: UInt32) in
                (try decoder.decode("byte"), try decoder.decode("size"))
            })
    }

    func echo(_ bytes: [UInt8]) async throws -> [UInt8] {
        try await master.perform(
            procedure: 7,
            { (encoder: inout XDREncoder) throws(XDRError) in try encoder.opaque("bytes", bytes) },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> [UInt8] in
                try decoder.opaque("result")
            })
    }

    func echo(each sequence: some Sequence<[UInt8]> & Sendable) -> OperationResults<
        [UInt8], [UInt8]
    > {
        master.perform(
            procedure: 7, each: sequence,
            encode: { (bytes: [UInt8], encoder: inout XDREncoder) throws(XDRError) in
                try encoder.opaque("bytes", bytes)
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> [UInt8] in
                try decoder.opaque("result")
            })
    }

    /// Kills its worker where the byte at `index` and the sum of what was added make 42.
    func burst(_ index: UInt32) async throws -> UInt32 {
        try await master.perform(
            procedure: 10,
            { (encoder: inout XDREncoder) throws(XDRError) in try encoder.encode("index", index) },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> UInt32 in
                try decoder.decode("result")
            })
    }

    /// Takes so much memory on its host.
    func hold(megabytes: UInt32) async throws {
        try await master.perform(
            procedure: 11,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.encode("megabytes", megabytes)
            },
            decode: { (_: inout XDRDecoder) throws(XDRError) -> Void in })
    }

    /// How many bytes reached it.
    func measure(_ bytes: [UInt8]) async throws -> UInt32 {
        try await master.perform(
            procedure: 12,
            { (encoder: inout XDREncoder) throws(XDRError) in try encoder.opaque("bytes", bytes) },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> UInt32 in
                try decoder.decode("result")
            })
    }

    /// Of so many bytes for each of the values.
    func measure(
        each values: some Sequence<Int32> & Sendable, size: Int
    ) -> OperationResults<Int32, UInt32> {
        master.perform(
            procedure: 12, each: values,
            encode: { (value: Int32, encoder: inout XDREncoder) throws(XDRError) in
                let byte = UInt8(truncatingIfNeeded: value)
                try encoder.opaque("bytes", [UInt8](repeating: byte, count: size))
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> UInt32 in
                try decoder.decode("result")
            })
    }

    /// That many bytes for each of the values.
    func make(
        each values: some Sequence<Int32> & Sendable, size: UInt32
    ) -> OperationResults<Int32, [UInt8]> {
        master.perform(
            procedure: 13, each: values,
            encode: { (_: Int32, encoder: inout XDREncoder) throws(XDRError) in
                try encoder.encode("size", size)
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> [UInt8] in
                try decoder.opaque("result")
            })
    }

    func make(size: UInt32) async throws -> [UInt8] {
        try await master.perform(
            procedure: 13,
            { (encoder: inout XDREncoder) throws(XDRError) in try encoder.encode("size", size) },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> [UInt8] in
                try decoder.opaque("result")
            })
    }

    /// Writes a line of its slave's log, and then takes that long.
    func tell(_ text: String, milliseconds: UInt32 = 0) async throws {
        try await master.perform(
            procedure: 8,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.string("text", text)
                try encoder.encode("milliseconds", milliseconds)
            },
            decode: { (_: inout XDRDecoder) throws(XDRError) -> Void in })
    }

    /// Adds a byte to the file, at most once.
    func note(_ path: String) async throws {
        try await master.perform(
            procedure: 9,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.string("path", path)
                try encoder.encode("milliseconds", UInt32(0))
            },
            decode: { (_: inout XDRDecoder) throws(XDRError) -> Void in })
    }

    struct Bytes: XDRCodable, Sendable {
        var bytes: [UInt8] = []
        init(bytes: [UInt8] = []) { self.bytes = bytes }

        init(from decoder: inout XDRDecoder) throws(XDRError) {
            bytes = try decoder.opaque("bytes")
        }

        func encode(to encoder: inout XDREncoder) throws(XDRError) {
            try encoder.opaque("bytes", bytes)
        }
    }
}
