import Foundation
import Testing

/// What a master may say when, and what it is answered: the same of the relay and the serial slave.
@Suite struct RulesTests {
    /// The two that a hello may not match in.
    enum Mismatch: CaseIterable { case protocolNumber, interface }

    private static func refused(_ mode: ServeMode, _ mismatch: Mismatch) throws -> SlaveProcess {
        let slave = try SlaveProcess(.native, mode.arguments)
        let hash = try SlaveProcess.interfaceHash(.native)
        let bytes =
            mismatch == .interface
            ? SlaveProcess.helloBytes(hash: [UInt8](repeating: 7, count: 32), workers: 1)
            : SlaveProcess.helloBytes(protocol: 99, hash: hash, workers: 1)
        let reply = try slave.reply(to: slave.call(.hello, bytes))
        #expect(reply.status == .success)
        #expect(Array(reply.result[4..<36]) == hash)
        return slave
    }

    @Test(arguments: ServeMode.allCases, Mismatch.allCases)
    func `after a hello that does not match a ping and a goodbye are answered`(
        _ mode: ServeMode, _ mismatch: Mismatch
    ) throws {
        let slave = try Self.refused(mode, mismatch)
        for _ in 0..<3 { #expect(try slave.reply(to: slave.call(.ping)).status == .success) }
        #expect(try slave.reply(to: slave.call(.goodbye)).status == .success)
        #expect(try slave.status() == 0)
        #expect(slave.errors.split(separator: "\n").count == 1)
        #expect(slave.events.isEmpty)
        #expect(slave.isGone)
    }

    @Test(
        arguments: [
            SlaveCall.update, .define, .chunk, .retire, .cancel, .patch, .hold, .release,
        ], ServeMode.allCases)
    func `after a hello that does not match nothing else is allowed`(
        _ call: SlaveCall, _ mode: ServeMode
    ) throws {
        let slave = try Self.refused(mode, .interface)
        slave.call(call, [UInt8](repeating: 0, count: 64))
        #expect(try slave.status() == 76)
        #expect(slave.errors.hasSuffix("slave: the master sent a call after it was refused\n"))
    }

    @Test(arguments: ServeMode.allCases)
    func `a second hello after one that does not match is refused`(_ mode: ServeMode) throws {
        let slave = try Self.refused(mode, .interface)
        let hash = try SlaveProcess.interfaceHash(.native)
        slave.call(.hello, SlaveProcess.helloBytes(hash: hash, workers: 1))
        #expect(try slave.status() == 76)
        #expect(slave.errors.hasSuffix("slave: the master said hello twice\n"))
    }

    @Test(arguments: ServeMode.allCases)
    func `before hello a ping and a goodbye are answered`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess(.native, mode.arguments)
        #expect(try slave.reply(to: slave.call(.ping)).status == .success)
        #expect(try slave.reply(to: slave.call(.goodbye)).status == .success)
        #expect(try slave.status() == 0)
        #expect(slave.errors.isEmpty)
    }

    @Test(arguments: ServeMode.allCases)
    func `a hello that does not decode ends the slave`(_ mode: ServeMode) throws {
        for bytes in [[0, 0, 0, 3], [UInt8](repeating: 0, count: 44)] as [[UInt8]] {
            let slave = try SlaveProcess(.native, mode.arguments)
            slave.call(.hello, bytes)
            #expect(try slave.status() == 76)
            #expect(
                slave.errors.hasPrefix("slave: the master sent a hello that does not decode: "))
            #expect(slave.errors.split(separator: "\n").count == 1)
        }
    }

    @Test(arguments: ServeMode.allCases)
    func `what a slave does not know it refuses as RFC 5531 says, and goes on`(_ mode: ServeMode)
        throws
    {
        let slave = try SlaveProcess.greeted(.native, workers: 1, mode.arguments)
        slave.sendRecord(slave.callBytes(1, program: 99, procedure: 1, []))
        #expect(try slave.reply(to: 1).status == .programUnavailable)
        slave.sendRecord(slave.callBytes(2, program: Program.slave, procedure: 77, []))
        #expect(try slave.reply(to: 2).status == .procedureUnavailable)
        let context = Operation.setBias.rawValue
        for procedure in [0, 77, context] {
            slave.sendRecord(slave.callBytes(3, program: Program.probe, procedure: procedure, []))
            #expect(try slave.reply(to: 3).status == .procedureUnavailable)
        }
        for program in [Program.slave, Program.probe] {
            var other = slave.callBytes(4, program: program, procedure: 3, [])
            other[19] = 9
            slave.sendRecord(other)
            let reply = try slave.reply(to: 4)
            #expect(reply.status == .programMismatch)
            #expect(reply.result == XDRBytes.of(1, 1))
        }
        #expect(try slave.sum(1, 2, at: 0) == 3)
    }

    @Test(arguments: ServeMode.allCases)
    func `a retirement and a cancellation of nothing are without effect`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, workers: 1, mode.arguments)
        slave.retire(from: 5, below: 5)
        slave.call(.cancel, XDRBytes.of(4711))
        #expect(try slave.sum(1, 2, at: 0) == 3)
    }

    @Test(arguments: ServeMode.allCases)
    func `what follows a goodbye is not answered`(_ mode: ServeMode) throws {
        let slave = try SlaveProcess.greeted(.native, workers: 1, mode.arguments)
        let (goodbye, ping) = slave.together { (slave.call(.goodbye), slave.call(.ping)) }
        #expect(try slave.reply(to: goodbye).status == .success)
        #expect(try slave.status() == 0)
        #expect(throws: SlaveProcess.Ended.self) { try slave.reply(to: ping) }
    }
}
