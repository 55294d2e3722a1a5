import Marionette

/// What the programs need of the client of MarionetteTests/Worker/trial.c.
final class TrialClient: ApplicationClient, Sendable {
    static let interface = InterfaceDescription(
        name: "Trial", program: 0x2000_1234, version: 1,
        hash: [1, 2, 3] + [UInt8](repeating: 0, count: 29), shared: ["table"],
        procedures: [
            ProcedureDescription(number: 1, name: "add", kind: .context, reads: []),
            ProcedureDescription(number: 2, name: "square", kind: .pure, reads: []),
            ProcedureDescription(number: 8, name: "tell", kind: .worker, reads: []),
            ProcedureDescription(number: 9, name: "note", kind: .once, reads: []),
            ProcedureDescription(number: 10, name: "burst", kind: .worker, reads: [0]),
            ProcedureDescription(number: 14, name: "wait", kind: .worker, reads: []),
        ])

    let master: Master
    private let tableVariable: SharedVariable<Table>

    init(master: Master) {
        self.master = master
        tableVariable = SharedVariable(master: master, slot: 0, initial: Table())
    }

    var table: [UInt8] {
        get { tableVariable.value.bytes }
        set { tableVariable.value = Table(bytes: newValue) }
    }

    struct Table: XDRCodable, Sendable {
        var bytes: [UInt8] = []
        init(bytes: [UInt8] = []) { self.bytes = bytes }

        init(from decoder: inout XDRDecoder) throws(XDRError) {
            bytes = try decoder.opaque("bytes")
        }

        func encode(to encoder: inout XDREncoder) throws(XDRError) {
            try encoder.opaque("bytes", bytes)
        }
    }

    func add(_ value: Int32) async throws {
        try await master.update(procedure: 1) { (encoder: inout XDREncoder) throws(XDRError) in
            try encoder.encode("value", value)
        }
    }

    func square(_ value: Int32) async throws -> Int64 {
        try await master.perform(
            procedure: 2,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.encode("value", value)
                try encoder.encode("milliseconds", UInt32(0))
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> Int64 in
                try decoder.decode("result")
            })
    }

    func square(
        each values: some Sequence<Int32> & Sendable, milliseconds: UInt32
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

    /// Kills its worker where the table's first byte is 42.
    func burst() async throws {
        try await master.perform(
            procedure: 10,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.encode("index", UInt32(0))
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> Void in
                _ = try decoder.decode("result") as UInt32
            })
    }

    /// Writes a line of its slave's log.
    func tell(_ text: String) async throws {
        try await master.perform(
            procedure: 8,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.string("text", text)
                try encoder.encode("milliseconds", UInt32(0))
            },
            decode: { (_: inout XDRDecoder) throws(XDRError) -> Void in })
    }

    /// Ends when there is that file.
    func wait(for path: String) async throws {
        try await master.perform(
            procedure: 14,
            { (encoder: inout XDREncoder) throws(XDRError) in try encoder.string("path", path) },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> Void in
                _ = try decoder.decode("process") as Int32
            })
    }

    /// Appends a byte to the file, and takes that long.
    func note(_ path: String, milliseconds: UInt32) async throws {
        try await master.perform(
            procedure: 9,
            { (encoder: inout XDREncoder) throws(XDRError) in
                try encoder.string("path", path)
                try encoder.encode("milliseconds", milliseconds)
            },
            decode: { (_: inout XDRDecoder) throws(XDRError) -> Void in })
    }
}
