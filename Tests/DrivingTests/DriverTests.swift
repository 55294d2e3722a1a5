import RunRecords
import Scheduling
import Testing
import WireProtocol
import XDRCoding

@testable import Driving

/// What two slaves and their driver say to each other, byte by byte.
@Suite struct DriverTests {
    @Test func `a host that alone can't apply an update is lost for that reason`() throws {
        let table = TwoHosts()
        table.append()
        let call = try #require(
            table.calls(to: .zero).first { $0.procedure == Version.SLAVE_UPDATE })
        table.say(.zero) { $0.reply(xid: call.xid, result: Self.failure("out of memory")) }
        #expect(table.losses == ["0: 'setTable' failed there: out of memory"])
        #expect(table.driver.failure == nil)
    }

    @Test func `what stands behind the record that ended a session is not heard`() throws {
        let table = TwoHosts()
        let call = Call(
            place: OperationPlace(statement: 1),
            traits: OperationTraits(procedure: 77, kind: .worker), arguments: [1, 2, 3, 4],
            sink: Completion())
        table.driver.take([call])
        // One of the two has it.
        let taken = [HostID.zero, .one].compactMap { host in
            table.calls(to: host).first { $0.procedure == 77 }.map { (host, $0.xid) }
        }
        let (host, xid) = try #require(taken.first)
        table.append()
        let update = try #require(
            table.calls(to: host).first { $0.procedure == Version.SLAVE_UPDATE })
        table.say(host) { writer in
            writer.reply(xid: update.xid, result: Self.failure("out of memory"))
            writer.reply(xid: xid, result: [])
        }
        #expect(table.driver.endings.isEmpty)
        // The other one executes it instead.
        let other: HostID = host == .zero ? .one : .zero
        let again = try #require(table.calls(to: other).first { $0.procedure == 77 })
        table.say(other) { $0.reply(xid: again.xid, result: []) }
        #expect(table.driver.endings.map(\.outcome) == [.done])
    }

    @Test func `a slave that stays though it was sent away is given up after its time`() throws {
        let table = TwoHosts()
        table.driver.control(.remove(host: "h0"), ControlTicket(number: 1))
        _ = table.effects()
        #expect(table.calls(to: .zero).contains { $0.procedure == Version.SLAVE_GOODBYE })
        table.pass(DrivingLimits.goodbyeMax - .milliseconds(1))
        #expect(!table.closed.contains(.zero))
        table.pass(.milliseconds(1))
        #expect(table.closed == [.zero])
    }

    @Test func `the end of a run is told once, however often it is ended`() {
        let table = TwoHosts()
        let sink = CountingSink()
        table.driver.finish(sink, nil)
        for _ in 1...2 {
            table.driver.endAll(nil)
            table.driver.answers.resume()
        }
        #expect(sink.told == 1)
    }

    @Test func `of a host that has not come yet it is told how far it is`() {
        var policy = Policy()
        policy.noHostMax = .seconds(10)
        let driver = Driver(
            TwoHosts.interface, TwoHosts.hosts, policy: policy, isSerial: false, unrecalled: nil,
            logPath: nil, now: .zero)
        driver.begin(.zero)
        driver.connected(.one)
        driver.wake(Instant.zero.advanced(by: .seconds(10)))
        driver.tick()
        #expect(
            driver.failure
                == .noHost(
                    seconds: 10,
                    reasons: [
                        "host 'h0': it is still being connected",
                        "host 'h1': its slave has not answered yet",
                    ]))
    }

    private typealias Version = SLAVE_PROGRAM.SLAVE_VERSION

    private static func failure(_ text: String) -> [UInt8] {
        TwoHosts.encoded(slave_update_result.SLAVE_FAILED(text))
    }
}

/// A driver whose two hosts have answered hello.
final class TwoHosts {
    static let interface = InterfaceDescription(
        name: "T", program: 0x2000_0001, version: 1, hash: [UInt8](repeating: 7, count: 32),
        shared: [],
        procedures: [
            ProcedureDescription(number: 1, name: "setTable", kind: .context, reads: []),
            ProcedureDescription(number: 77, name: "work", kind: .worker, reads: []),
        ])

    static let hosts = (0...1).map {
        RunDescription.HostDescription(
            name: "h\($0)", target: "t", endpoint: .local, command: [], workers: 0)
    }

    let driver: Driver
    private var now = Instant.zero
    private(set) var losses: [String] = []
    private(set) var closed: [HostID] = []
    /// What askers were told, and not looked at yet.
    var answers: [ControlTicket: [ControlAnswer]] = [:]
    private var readers = [RecordReader(), RecordReader()]

    init() {
        driver = Driver(
            Self.interface, Self.hosts, policy: Policy(), isSerial: false, unrecalled: nil,
            logPath: nil, now: .zero)
        driver.begin(now)
        for host in [HostID.zero, .one] {
            driver.connected(host)
            let identity = slave_identity(
                protocol: SlaveMessages.protocolNumber, interface_hash: Self.interface.hash,
                workers: 1)
            for call in calls(to: host) {
                say(host) { $0.reply(xid: call.xid, result: Self.encoded(identity)) }
            }
        }
        _ = effects()
    }

    func append() {
        driver.append(.context(procedure: 1, arguments: [0, 0, 0, 1], Completion()))
    }

    /// The calls that it has sent to the host since the last look.
    func calls(to host: HostID) -> [(procedure: UInt32, xid: UInt32)] {
        var bytes: [UInt8] = []
        driver.drain(host) { (piece: UnsafeRawBufferPointer) -> Int in
            bytes += piece
            return piece.count
        }
        var calls: [(procedure: UInt32, xid: UInt32)] = []
        do {
            try bytes.withUnsafeBytes { bytes in
                try readers[host.index].read(bytes) { record throws(FramingError) in
                    if case .call(let call) = try Message(record) {
                        calls.append((call.procedure, call.xid))
                    }
                }
            }
        } catch { Issue.record(error) }
        return calls
    }

    /// The host's slave says all of this at once.
    func say(_ host: HostID, _ write: (inout RecordWriter) -> Void) {
        var writer = RecordWriter()
        write(&writer)
        writer.take().withUnsafeBytes { driver.received($0, from: host) }
        driver.settle()
        _ = effects()
    }

    func pass(_ time: Duration) {
        now = now.advanced(by: time)
        driver.wake(now)
        driver.tick()
        driver.settle()
        _ = effects()
    }

    func effects() -> [Effect] {
        var list: [Effect] = []
        driver.takeEffects(&list)
        for effect in list {
            switch effect {
            case .record(.lost(let host, let reason, _)): losses.append("\(host.index): \(reason)")
            case .close(let host, _): closed.append(host)
            case .reply(let ticket, let answer): answers[ticket, default: []].append(answer)
            default: break
            }
        }
        return list
    }

    static func encoded(_ value: some XDRCodable) -> [UInt8] {
        var encoder = XDREncoder()
        do { try value.encode(to: &encoder) } catch { Issue.record(error) }
        return encoder.bytes
    }
}

extension HostID {
    static let zero = HostID(index: 0)
    static let one = HostID(index: 1)
}

/// Counts what it is told.
///
/// Safe because: one thread drives the test.
private final class CountingSink: CallSink, @unchecked Sendable {
    private(set) var told = 0

    func ended(_ answers: [CallAnswer], _ wakes: inout [Wake]) { told += answers.count }
}
