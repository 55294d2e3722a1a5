import Foundation
import Testing

/// Records that lie in memory which the relay and its workers share, or that are too large for it.
@Suite struct LargeRecordTests {
    /// `MRN_LARGE` and `MRN_AREA` of limits.h.
    private static let large = 64 << 10
    private static let area = 4 << 20

    private static func bytes(_ count: Int, seed: Int = 0) -> [UInt8] {
        // No period of a power of two: what is shifted by a page is seen.
        let pattern = (0..<251).map { UInt8(truncatingIfNeeded: ($0 + seed) * 31) }
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += pattern }
        return Array(bytes[..<count])
    }

    @Test(
        arguments: ProbeKind.available.filter { $0 == .native || $0.isEmulated },
        [large / 2, large, area])
    func `sizes about the limits`(_ kind: ProbeKind, _ limit: Int) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 1)
        // A call has 64 bytes before its argument's, a reply 44; each a mark of 4.
        for count in [-76, -72, -68, -64, -44, -40, -36, 0, 4].map({ limit + $0 }) {
            let bytes = Self.bytes(count, seed: count)
            let reply = try slave.reply(to: slave.operate(.echo, XDRBytes.opaque(bytes)))
            #expect(reply.result == XDRBytes.opaque(bytes), "\(count) bytes")
        }
    }

    @Test func `a large call that comes in two parts, cut anywhere`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        let argument = XDRBytes.opaque(Self.bytes(200_000))
        let edges = [1, 3, 4, 5, 48, 72, 76, 65_535, 65_536, 131_072, 131_076, 200_000, 200_067]
        for cut in edges {
            var credential = XDRBytes()
            credential.long(0)
            credential.word(1)
            credential.long(0)
            let xid = slave.takeXID()
            let body = slave.callBytes(
                xid, program: Program.probe, procedure: Operation.echo.rawValue,
                credential: credential.bytes, argument)
            let record = XDRBytes.of(0x8000_0000 | UInt32(body.count)) + body
            slave.send(Array(record[..<cut]))
            // The relay has read the first part when it has nothing left in its socket.
            #expect(eventually { slave.unreadByPeer == 0 })
            slave.send(Array(record[cut...]))
            #expect(try slave.reply(to: xid).result == argument, "cut at \(cut)")
        }
    }

    @Test func `more large calls at once than there are areas`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        let sent = (0..<12).map { index in
            let argument = XDRBytes.opaque(Self.bytes(500_000, seed: index))
            return (slave.operate(.echo, argument), argument)
        }
        for (xid, argument) in sent { #expect(try slave.reply(to: xid).result == argument) }
    }

    @Test func `small results before and behind a large one`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        for xid in (0..<50).map({ _ in slave.operate(.add, XDRBytes.of(1, 1)) }) {
            _ = try slave.reply(to: xid)
        }
        var sums: [UInt32] = []
        var larges: [UInt32] = []
        for index in 0..<60 {
            sums.append(slave.operate(.add, XDRBytes.of(UInt32(index), 1)))
            if index % 10 == 5 { larges.append(slave.operate(.large, XDRBytes.of(700_000))) }
        }
        for (index, xid) in sums.enumerated() {
            #expect(try slave.reply(to: xid).number == UInt32(index) + 1)
        }
        for xid in larges { #expect(try slave.reply(to: xid).result.count == 700_004) }
    }

    @Test(arguments: [300_000, 5_000_000])
    func `a worker that is killed with a large call in its hands: another one executes it`(
        _ count: Int
    ) throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        for round in 0..<5 {
            let reply = try slave.reply(to: slave.operate(.process))
            let worker = pid_t(try #require(reply.number))
            kill(worker, SIGSTOP)
            let argument = XDRBytes.opaque(Self.bytes(count, seed: round))
            let xid = slave.operate(.echo, argument)
            kill(worker, SIGKILL)
            #expect(try slave.reply(to: xid).result == argument)
        }
    }

    @Test func `cancelled large calls leave room for others`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        for round in 0..<20 {
            let argument = XDRBytes.opaque(Self.bytes(300_000, seed: round))
            let xids = (0..<4).map { _ in slave.operate(.echo, argument) }
            for xid in xids.dropLast() { slave.call(.cancel, XDRBytes.of(xid)) }
            #expect(try slave.reply(to: try #require(xids.last)).result == argument)
        }
    }

    @Test func `when nothing more comes, the memory goes`() throws {
        let slave = try SlaveProcess.greeted(workers: 2)
        let argument = XDRBytes.opaque(Self.bytes(1_500_000))
        let xids = (0..<4).map { _ in slave.operate(.echo, argument) }
        for xid in xids { #expect(try slave.reply(to: xid).result == argument) }
        #expect(eventually { Self.shared(of: slave.process).map { $0 < 64 << 10 } ?? false })
        #expect(try slave.reply(to: slave.operate(.echo, argument)).result == argument)
    }

    /// Bytes of shared memory that the process has touched.
    private static func shared(of process: pid_t) -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("RssShmem:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
    }
}
