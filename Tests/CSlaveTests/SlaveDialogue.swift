import Foundation
import TestKit

/// Steps of a conversation that most tests need.
extension SlaveProcess {
    /// The interface hash that the slave itself tells.
    static func interfaceHash(_ kind: ProbeKind) throws -> [UInt8] {
        let text = try ProbeRun.output(ProbeBuild.command(kind) + ["--identify"]).output
        let line = text.split(separator: "\n").first { $0.hasPrefix("interface=") } ?? ""
        let digits = Array(line.dropFirst("interface=".count))
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
    }

    static let protocolVersion: UInt32 = 6

    static func helloBytes(
        protocol version: UInt32 = protocolVersion, hash: [UInt8], workers: UInt32
    ) -> [UInt8] {
        XDRBytes.of(version) + hash + XDRBytes.of(workers)
    }

    /// A slave that has been greeted.
    static func greeted(
        _ kind: ProbeKind = .native, workers: UInt32 = 2, _ arguments: [String] = ["--serve"]
    ) throws -> SlaveProcess {
        let slave = try SlaveProcess(kind, arguments)
        let bytes = helloBytes(hash: try interfaceHash(kind), workers: workers)
        _ = try slave.reply(to: slave.call(.hello, bytes))
        return slave
    }

    @discardableResult
    func sendContext(_ operation: Operation, makes position: UInt64, _ value: Int32) -> UInt32 {
        sendContext(operation, makes: position, XDRBytes.of(UInt32(bitPattern: value)))
    }

    @discardableResult
    func sendContext(
        _ operation: Operation, makes position: UInt64, _ arguments: [UInt8]
    ) -> UInt32 {
        var out = XDRBytes()
        out.long(position)
        out.word(0)
        out.word(operation.rawValue)
        out.opaque(arguments)
        return call(.update, out.bytes)
    }

    @discardableResult
    func sendShared(slot: UInt32, version: UInt64, makes position: UInt64) -> UInt32 {
        var out = XDRBytes()
        out.long(position)
        out.word(1)
        out.word(slot)
        out.long(version)
        return call(.update, out.bytes)
    }

    func define(
        slot: UInt32, version: UInt64, size: Int, over base: UInt64 = 0, checksum: UInt64 = 0
    ) {
        var out = XDRBytes()
        out.word(slot)
        out.long(version)
        out.long(UInt64(size))
        out.long(base)
        out.long(checksum)
        call(.define, out.bytes)
    }

    func copy(slot: UInt32, version: UInt64, offset: Int, from: Int, size: Int) {
        patch(slot: slot, version: version, offset: offset, [(from, size, [])])
    }

    func patch(
        slot: UInt32, version: UInt64, offset: Int,
        _ steps: [(from: Int, size: Int, bytes: [UInt8])]
    ) {
        var out = XDRBytes()
        out.word(slot)
        out.long(version)
        out.long(UInt64(offset))
        out.word(UInt32(steps.count))
        for step in steps {
            out.long(UInt64(step.from))
            out.word(UInt32(step.size))
            out.opaque(step.bytes)
        }
        call(.patch, out.bytes)
    }

    func chunk(slot: UInt32, version: UInt64, offset: Int, _ bytes: [UInt8]) {
        var out = XDRBytes()
        out.word(slot)
        out.long(version)
        out.long(UInt64(offset))
        out.opaque(bytes)
        call(.chunk, out.bytes)
    }

    /// The bytes of a `Table` of the probe's interface.
    static func table(_ numbers: [UInt32]) -> [UInt8] {
        var out = XDRBytes()
        out.opaque(Array("table".utf8))
        out.word(UInt32(numbers.count))
        numbers.forEach { out.word($0) }
        return out.bytes
    }

    /// A whole version in chunks of at most `step` bytes.
    func provide(slot: UInt32, version: UInt64, _ bytes: [UInt8], step: Int = 262_144) {
        define(slot: slot, version: version, size: bytes.count)
        for offset in stride(from: 0, to: bytes.count, by: step) {
            let end = min(offset + step, bytes.count)
            chunk(slot: slot, version: version, offset: offset, Array(bytes[offset..<end]))
        }
    }

    func retire(from first: UInt64 = 0, below position: UInt64) {
        var out = XDRBytes()
        out.long(first)
        out.long(position)
        call(.retire, out.bytes)
    }

    /// nil: applied; else the slave's sentence.
    func updateFailure(_ xid: UInt32) throws -> String? {
        var cursor = XDRCursor(try reply(to: xid).result)
        return try cursor.word() == 0 ? nil : try cursor.text()
    }

    /// `value` + `value2` + the bias of that position.
    func sum(_ value: Int32, _ value2: Int32, at position: UInt64) throws -> Int32? {
        let xid = operate(
            .add, at: position, XDRBytes.of(UInt32(bitPattern: value), UInt32(bitPattern: value2)))
        return try reply(to: xid).number.map { Int32(bitPattern: $0) }
    }

    /// How the worker ended that executed this call.
    func ending(of xid: UInt32) throws -> (signal: String, code: Int32, process: Int32) {
        try event {
            guard case .ended(_, let process, let signal, let code, xid) = $0 else { return nil }
            return (signal, code, process)
        }
    }
}

/// Runs a command to its end.
enum ProbeRun {
    static func output(_ command: [String]) throws -> (
        status: Int32, output: String, errors: String
    ) {
        let process = try TestProcess.run(command)
        return (process.status, process.output, process.errors)
    }
}

/// A file that operations wait for.
struct Gate {
    let path = ProbeBuild.directory + "/gate-" + UUID().uuidString

    /// An operation has looked for the file and not found it.
    var isWaitedFor: Bool { FileManager.default.fileExists(atPath: path + ".waiting") }

    func open() throws { try Data().write(to: URL(fileURLWithPath: path)) }
}
