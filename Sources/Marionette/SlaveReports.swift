import XDRCoding

/// What a slave answers to hello: `slave_identity` of slave.x.
struct SlaveIdentity: Hashable, Sendable {
    var protocolNumber: UInt32
    var interfaceHash: [UInt8]
    var build: String
    var host: String
    var machine: String
    var isLittleEndian: Bool
    var wordBits: UInt32
    var cores: UInt32
    var workers: UInt32
    var process: Int32

    init(from decoder: inout XDRDecoder) throws(XDRError) {
        protocolNumber = try decoder.integer(UInt32.self)
        interfaceHash = try decoder.opaque("interface_hash", count: 32)
        build = try decoder.string("build", atMost: 1024)
        host = try decoder.string("host", atMost: 64)
        machine = try decoder.string("machine", atMost: 64)
        isLittleEndian = try decoder.decode("little_endian")
        wordBits = try decoder.integer(UInt32.self)
        cores = try decoder.integer(UInt32.self)
        workers = try decoder.integer(UInt32.self)
        process = try decoder.integer(Int32.self)
    }

    /// Why this slave can't serve the run; nil where it can.
    func mismatch(
        with host: RunDescription.HostDescription, _ interface: InterfaceDescription
    ) -> RunError? {
        if protocolNumber != SlaveMessages.protocolNumber {
            return .protocolMismatch(
                host: host.name, ours: SlaveMessages.protocolNumber, theirs: protocolNumber)
        }
        if interfaceHash != interface.hash { return .interfaceMismatch(host: host.name) }
        if let expected = host.build, expected != build {
            return .buildMismatch(
                host: host.name, expected: expected, found: LogLines.neutral(build))
        }
        return nil
    }
}

/// `slave_worker_start` of slave.x.
struct WorkerStart: Hashable, Sendable {
    var worker: UInt32
    var process: Int32
    var position: UInt64
}

/// `slave_worker_end` of slave.x.
struct WorkerEnd: Hashable, Sendable {
    var worker: UInt32
    var process: Int32
    /// `killed by SIGSEGV`, `exited with status 3`.
    var how: String
    /// The call that it was executing.
    var xid: UInt32?

    init(from decoder: inout XDRDecoder) throws(XDRError) {
        worker = try decoder.integer(UInt32.self)
        process = try decoder.integer(Int32.self)
        let isSignalled = try decoder.integer(Int32.self) == 1
        let code = try decoder.integer(Int32.self)
        let signal = try decoder.string("signal", atMost: 64)
        how =
            isSignalled
            ? "killed by \(signal.isEmpty ? "signal \(code)" : LogLines.neutral(signal))"
            : "exited with status \(code)"
        xid = try decoder.decode(as: Bool.self) ? try decoder.integer(UInt32.self) : nil
    }
}
