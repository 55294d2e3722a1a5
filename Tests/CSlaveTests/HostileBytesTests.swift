import Foundation
import Testing

/// The two slaves, which obey one set of rules.
enum ServeMode: String, CaseIterable {
    case relay, serial

    var arguments: [String] { self == .relay ? ["--serve"] : ["--serve", "--serial"] }
}

/// Bytes that no master sends end the slave with a sentence and status 76, the serial one too.
@Suite struct HostileBytesTests {
    private func expectEnd(
        _ slave: SlaveProcess, _ sentence: String, location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try slave.status() == 76, sourceLocation: location)
        #expect(slave.errors == "slave: \(sentence)\n", sourceLocation: location)
        #expect(slave.isGone, sourceLocation: location)
    }

    @Test(
        arguments: [
            ("a record of 4097 bytes or more, the limit is 4096", [0x80, 0, 0x10, 1]),
            (
                "a record of 1195725856 bytes or more, the limit is 4096",
                Array("GET / HTTP/1.1\r\n\r\n".utf8)
            ),
            ("a record too short for a call", [0x80, 0, 0, 4, 0, 0, 0, 0]),
        ] as [(String, [UInt8])], ServeMode.allCases)
    func `garbage before hello`(_ garbage: (sentence: String, bytes: [UInt8]), _ mode: ServeMode)
        throws
    {
        let (sentence, bytes) = garbage
        let slave = try SlaveProcess(.native, mode.arguments)
        slave.send(bytes)
        try expectEnd(slave, "the master sent \(sentence)")
    }

    @Test(arguments: ServeMode.allCases)
    func `an operation before hello`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess(.native, mode.arguments)
        slave.operate(.nothing)
        try expectEnd(slave, "the master sent a call before hello")
    }

    @Test(arguments: ServeMode.allCases)
    func `a second hello`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.call(
            .hello, SlaveProcess.helloBytes(hash: [UInt8](repeating: 0, count: 32), workers: 1))
        try expectEnd(slave, "the master said hello twice")
    }

    @Test(arguments: ServeMode.allCases)
    func `a hello of another interface is answered, and nothing else is`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess(.native, mode.arguments)
        let hash = [UInt8](repeating: 7, count: 32)
        let reply = try slave.reply(
            to: slave.call(.hello, SlaveProcess.helloBytes(hash: hash, workers: 1)))
        #expect(reply.status == .success)
        #expect(Array(reply.result[4..<36]) == (try SlaveProcess.interfaceHash(.native)))
        slave.operate(.nothing)
        #expect(try slave.status() == 76)
        #expect(
            slave.errors == """
                slave: the master's interface is not that of this slave of 'Probe'
                slave: the master sent a call after it was refused

                """)
        #expect(slave.isGone)
    }

    @Test(arguments: ServeMode.allCases)
    func `a hello of another protocol is answered with ours`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess(.native, mode.arguments)
        let hash = try SlaveProcess.interfaceHash(.native)
        let bytes = SlaveProcess.helloBytes(protocol: 4, hash: hash, workers: 1)
        var identity = XDRCursor(try slave.reply(to: slave.call(.hello, bytes)).result)
        #expect(try identity.word() == SlaveProcess.protocolVersion)
        slave.closeWire()
        #expect(try slave.status() == 0)
        let ours = SlaveProcess.protocolVersion
        #expect(
            slave.errors == "slave: the master speaks protocol 4, this slave speaks \(ours)\n")
    }

    @Test(arguments: ServeMode.allCases)
    func `a record beyond the limit`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.send(XDRBytes.of(0x8000_0000 | 268_435_457))
        try expectEnd(
            slave, "the master sent a record of 268435457 bytes or more, the limit is 268435456")
    }

    @Test(arguments: ServeMode.allCases)
    func `fragments that together are beyond the limit`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.send(XDRBytes.of(4) + [0, 0, 0, 1] + XDRBytes.of(0x8000_0000 | 268_435_453))
        try expectEnd(
            slave, "the master sent a record of 268435457 bytes or more, the limit is 268435456")
    }

    @Test(arguments: ServeMode.allCases)
    func `empty fragments without end`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.send([UInt8](repeating: 0, count: 4 * 65_537))
        try expectEnd(slave, "the master sent a record of more than 65536 fragments")
    }

    @Test(arguments: [2, 6, 30], ServeMode.allCases)
    func `a stream that ends within a record`(_ count: Int, _ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        let body = slave.callBytes(5, program: Program.slave, procedure: 0, [])
        slave.send(Array((XDRBytes.of(0x8000_0000 | UInt32(body.count)) + body)[..<count]))
        slave.closeWire()
        try expectEnd(slave, "the master's stream ended within a record")
    }

    @Test(arguments: ServeMode.allCases)
    func `a record that is announced and does not come takes no memory`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.send(XDRBytes.of(0x8000_0000 | 268_435_456) + [UInt8](repeating: 0, count: 100))
        #expect(eventually { Self.residentKilobytes(slave.process) != nil })
        let limit = ProbeBuild.isSanitized ? 200_000 : 8_000
        #expect(try #require(Self.residentKilobytes(slave.process)) < limit)
        slave.closeWire()
        #expect(slave.isGone)
    }

    private static func residentKilobytes(_ process: Int32) -> Int? {
        let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    @Test(arguments: ServeMode.allCases)
    func `a reply that nobody asked for`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.sendRecord(XDRBytes.of(1, 1, 0, 0, 0, 0))
        try expectEnd(slave, "the master sent a reply to a call that was never made")
    }

    @Test(arguments: ServeMode.allCases)
    func `another RPC version is denied, and ends the slave`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.sendRecord(XDRBytes.of(9, 0, 3, Program.slave, 1, 0, 0, 0, 0, 0))
        #expect(try slave.reply(to: 9).status == nil)
        try expectEnd(slave, "the master sent a call of RPC version 3")
    }

    @Test(
        arguments: [
            ("credential", XDRBytes.of(1, 0, 2, Program.slave, 1, 0, 0, 401)),
            ("credential", XDRBytes.of(1, 0, 2, Program.slave, 1, 0, 0, 0xffff_ffff)),
            ("verifier", XDRBytes.of(1, 0, 2, Program.slave, 1, 0, 0, 0, 0, 8, 0)),
        ], ServeMode.allCases)
    func `credentials that lie about their length`(
        _ lie: (part: String, bytes: [UInt8]), _ mode: ServeMode
    ) throws {
        let (part, bytes) = lie
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.sendRecord(bytes)
        try expectEnd(
            slave, "the master sent a call whose \(part) is cut short or longer than 400 bytes")
    }

    @Test(arguments: ServeMode.allCases)
    func `an operation without its credential`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.sendRecord(
            slave.callBytes(1, program: Program.probe, procedure: Operation.nothing.rawValue, []))
        try expectEnd(slave, "the master sent 'nothing' without its credential")
    }

    @Test(
        arguments: [SlaveCall.update, .define, .chunk, .patch, .retire, .cancel, .hold, .release],
        ServeMode.allCases
    )
    func `calls that are cut short`(_ call: SlaveCall, _ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, mode.arguments)
        slave.call(call, [0, 0])
        #expect(try slave.status() == 76)
        #expect(slave.errors.contains("that does not decode: "))
        #expect(slave.errors.split(separator: "\n").count == 1)
        #expect(slave.isGone)
    }

    @Test(arguments: 0..<40 as Range<UInt64>, ServeMode.allCases)
    func `random bytes after hello never leave anything behind`(_ seed: UInt64, _ mode: ServeMode)
        throws
    {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func random(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
        let slave = try SlaveProcess.greeted(.native, workers: 1, mode.arguments)
        for _ in 0..<20 {
            var body = slave.callBytes(
                slave.takeXID(), program: random(2) == 0 ? Program.slave : Program.probe,
                // In a serial slave an operation that crashes ends all of it.
                procedure: UInt32(random(mode == .serial ? 8 : 9)),
                credential: random(2) == 0 ? nil : [UInt8](repeating: 0, count: 12),
                (0..<random(60)).map { _ in UInt8(random(256)) })
            for _ in 0..<random(3) { body[Int(random(UInt64(body.count)))] = UInt8(random(256)) }
            slave.sendRecord(body)
        }
        slave.closeWire()
        let status = try slave.status()
        // A serial slave may find that nobody reads its answer any more, as any program does.
        let isUnread = mode == .serial && status == 128 + SIGPIPE
        #expect(status == 76 || status == 0 || isUnread, "\(status): \(slave.errors)")
        #expect(slave.isGone)
    }
}
