import Foundation
import Scheduling
import Testing
import WireProtocol

@testable import Marionette

/// The conversation of Documentation/Protocol.md, held with a running slave.
@Suite(.timeLimit(.minutes(20))) struct ProtocolPageTests {
    @Test func `our master writes the page's messages byte for byte`() throws {
        let page = try ProtocolPage()
        let sent = page.records.filter { $0.isSent }.map(\.bytes)
        let ours = PageMaster().conversation
        #expect(sent.count == ours.count + 4, "refusals and another RPC version come by hand")
        var rest = sent[...]
        for record in ours {
            let place = try #require(rest.firstIndex(of: record), "\(hexadecimal(record))")
            rest = rest[(place + 1)...]
        }
    }

    @Test func `a running slave answers the page's messages as the page says`() throws {
        let page = try ProtocolPage()
        let last = try #require(page.records.lastIndex { $0.isSent })
        for conversation in [page.records[..<last], page.records[last...]] {
            let slave = try PageSlave(command: TrialRun.slave.get().path)
            defer { slave.end() }
            for record in conversation {
                if record.isSent {
                    try slave.send(record.bytes)
                } else {
                    let answer = try slave.answer(like: record.bytes)
                    let found = hexadecimal(try PageSlave.neutral(answer))
                    let expected = hexadecimal(try PageSlave.neutral(record.bytes))
                    #expect(found == expected)
                }
            }
        }
    }

    @Test func `the page has each message of slave.x`() throws {
        let records = try ProtocolPage().records.map { words($0.bytes) }
        let calls = records.filter { $0[2] == 0 }.map { [$0[4], $0[6]] }
        let slave = (UInt32(0)...10).map { [SLAVE_PROGRAM.number, $0] }
        let master = (UInt32(1)...3).map { [MASTER_PROGRAM.number, $0] }
        for call in slave + master { #expect(calls.contains(call), "\(call)") }
        let replies = records.filter { $0[2] == 1 && $0[3] == 0 }.map { words in
            words[6 + Int(words[5]) / 4]
        }
        #expect(Set(replies) == [0, 1, 2, 3, 4, 5])
    }
}

/// The records of the page's examples, in order.
struct ProtocolPage {
    struct Record {
        let isSent: Bool
        let bytes: [UInt8]
    }

    struct Unreadable: Error { let line: Substring }

    private(set) var records: [Record] = []

    init() throws {
        let file = TrialRun.repository().appendingPathComponent("Documentation/Protocol.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        let examples = try #require(page.range(of: "\n## Examples\n"))
        for line in page[examples.upperBound...].split(separator: "\n") {
            var rest = line
            let isSent = line.hasPrefix("→ ")
            if isSent || line.hasPrefix("← ") {
                records.append(Record(isSent: isSent, bytes: []))
                rest = line.dropFirst(2)
            }
            let words = Self.fields(of: rest)
            guard !words.isEmpty else { continue }
            guard let record = records.popLast() else { throw Unreadable(line: line) }
            records.append(Record(isSent: record.isSent, bytes: record.bytes + words))
        }
        for record in records {
            let mark = try #require(words(record.bytes).first)
            #expect(mark == 0x8000_0000 | UInt32(record.bytes.count - 4), "\(record)")
        }
    }

    /// Eight digits each, until two spaces or the line's end.
    private static func fields(of line: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        let fields = line.prefix { $0 != "`" }.split(
            separator: " ", omittingEmptySubsequences: false)
        for field in fields {
            guard field.count == 8, let word = UInt32(field, radix: 16) else { break }
            bytes += withUnsafeBytes(of: word.bigEndian, Array.init)
        }
        return bytes
    }
}

/// What our master sends in that conversation, refusals apart.
private struct PageMaster {
    private(set) var conversation: [[UInt8]] = []
    private let scene = [SharedVersion(slot: 0, version: 1), SharedVersion(slot: 0, version: 2)]

    init() {
        ask(1, .ping)
        ask(2, .hello, SlaveMessages.hello(hash: Trial.interface.hash, workers: 1))
        ask(3, .update, context(1, [0, 0, 0, 25]))
        ask(4, .update, context(2, [255, 255, 255, 255]))
        operate(5, 2, at: 1, attempt: 2, deadline: 120_000, [0, 0, 0, 5, 0, 0, 0, 0])
        ask(6, .update, SlaveMessages.update(2, .shared(scene[0])))
        ask(7, .define, SlaveMessages.define(scene[0], size: 12, base: 0, checksum: 0))
        let table: [UInt8] = [0, 0, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0]
        ask(8, .chunk, SlaveMessages.chunk(scene[0], offset: 0, count: 12), table)
        ask(9, .update, SlaveMessages.update(3, .shared(scene[1])))
        let changed: [UInt8] = [0, 0, 0, 6, 1, 2, 3, 4, 9, 6, 0, 0]
        let checksum = contentChecksum(changed)
        ask(10, .define, SlaveMessages.define(scene[1], size: 12, base: 1, checksum: checksum))
        let step = slave_step(from: 0, size: 8, bytes: Array(changed[8...]))
        ask(11, .patch, SlaveMessages.patch(scene[1], offset: 0, [step]))
        ask(13, .retire, SlaveMessages.retire(0..<3))
        operate(14, 6, at: 3, [0, 0, 0, 4])
        operate(15, 4, at: 3, [0, 0, 0, 0])
        operate(16, 6, at: 3, [])
        let hello = Array("hello".utf8)
        operate(24, 8, at: 3, [0, 0, 0, 5] + hello + [0, 0, 0] + [0, 0, 3, 232])
        operate(20, 4, at: 3, [0, 0, 0, 1])
        operate(21, 2, at: 3, [0, 0, 0, 1, 0, 0, 0xea, 0x60])
        ask(25, .hold, SlaveMessages.hold(.SLAVE_HOLD_CALL, 21))
        ask(26, .release, SlaveMessages.release(25))
        ask(22, .cancel, SlaveMessages.cancel(21))
        ask(23, .goodbye)
    }

    private func context(_ position: Position, _ arguments: [UInt8]) -> [UInt8] {
        SlaveMessages.update(position, .context(procedure: 1, arguments: arguments))
    }

    private mutating func ask(
        _ xid: UInt32, _ procedure: SlaveProcedure, _ arguments: [UInt8] = [], _ body: [UInt8] = []
    ) {
        var writer = RecordWriter()
        writer.slaveCall(xid: xid, procedure, arguments, followedBy: body.count)
        conversation.append(writer.take() + body)
    }

    private mutating func operate(
        _ xid: UInt32, _ procedure: UInt32, at position: Position, attempt: UInt32 = 1,
        deadline: UInt64 = 0, _ arguments: [UInt8]
    ) {
        var writer = RecordWriter()
        let head = CallHead(
            program: Trial.interface.program, version: 1, procedure: procedure,
            operation: OperationCredential(
                position: position, attempt: attempt, deadline: deadline))
        arguments.withUnsafeBytes { writer.call(xid: xid, head, arguments: $0) }
        conversation.append(writer.take())
    }
}

/// A slave, and what it said that nobody asked for yet.
private final class PageSlave {
    struct Silent: Error {}

    private let process = Process()
    /// Its streams, of which no child that another test starts has an end.
    private let stream: FileHandle
    private var bytes: [UInt8] = []
    private var unread: [[UInt8]] = []

    init(command: String) throws {
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = ["--serve"]
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        stream = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let theirs = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        process.standardInput = theirs
        process.standardOutput = theirs
        try process.run()
        try theirs.close()
    }

    func end() {
        try? stream.close()
        process.waitUntilExit()
    }

    func send(_ bytes: [UInt8]) throws {
        try stream.write(contentsOf: Data(bytes))
    }

    /// The reply with this one's xid, or the next call.
    func answer(like expected: [UInt8]) throws -> [UInt8] {
        let expected = words(expected)
        while true {
            let place = unread.firstIndex { record in
                let found = words(record)
                return found[2] == expected[2] && (found[2] == 0 || found[1] == expected[1])
            }
            if let place { return unread.remove(at: place) }
            unread.append(try record())
        }
    }

    private func record() throws -> [UInt8] {
        while true {
            if bytes.count >= 4 {
                let size = 4 + Int(words(bytes)[0] & 0x7fff_ffff)
                if bytes.count >= size {
                    defer { bytes.removeFirst(size) }
                    return Array(bytes[..<size])
                }
            }
            var entry = pollfd(
                fd: stream.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 600_000) > 0 else { throw Silent() }
            let piece = stream.availableData
            guard !piece.isEmpty else { throw Silent() }
            bytes += piece
        }
    }

    /// Without what differs from slave to slave.
    static func neutral(_ record: [UInt8]) throws -> [UInt8] {
        var record = record
        let found = words(record)
        let accepted = found[2] == 1 && found[3] == 0
        if found[2] == 0 {
            record.replaceSubrange(48..<52, with: [0, 0, 0, 0])
        } else if accepted, found[4] == OperationCredential.flavor {
            record.replaceSubrange(28..<36, with: [UInt8](repeating: 0, count: 8))
            // Nor by how far it was: whether a worker had what was cancelled at once.
            if record[36...].starts(with: [0, 0, 0, 9] + Array("cancelled".utf8)) {
                record.replaceSubrange(24..<28, with: [0, 0, 0, 0])
            }
        } else if accepted, found[1] == 25 {
            record.replaceSubrange(36..<40, with: [0, 0, 0, 0])
        } else if accepted, found[1] == 2 {
            var identity = try record[28...].withUnsafeBytes { bytes in
                try SlaveMessages.decoded(bytes, as: slave_identity.self)
            }
            (identity.build, identity.host, identity.machine) = ("", "", "")
            (identity.little_endian, identity.word_bits) = (false, 0)
            (identity.cores, identity.process) = (0, 0)
            var encoder = XDREncoder()
            try identity.encode(to: &encoder)
            record = Array(record[4..<28]) + encoder.bytes
        }
        return record
    }
}

private func words(_ bytes: [UInt8]) -> [UInt32] {
    stride(from: 0, to: bytes.count & ~3, by: 4).map { place in
        bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    words(bytes).map { String(UInt64($0) | 1 << 32, radix: 16).dropFirst() }.joined(separator: " ")
}
