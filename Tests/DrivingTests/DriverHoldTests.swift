import Driving
import Scheduling
import Testing
import WireProtocol

@Suite struct DriverHoldTests {
    private typealias Version = SLAVE_PROGRAM.SLAVE_VERSION

    private let table = TwoHosts()
    private let first = ControlTicket(number: 1)
    private let second = ControlTicket(number: 2)

    private func ask(
        _ ticket: ControlTicket, _ subject: HoldRequest.Subject, host: String? = nil
    ) {
        table.driver.control(
            .hold(HoldRequest(subject, host: host, debugger: Int32(100 * ticket.number))), ticket)
        _ = table.effects()
    }

    private func answers(_ ticket: ControlTicket) -> [ControlAnswer] {
        defer { table.answers[ticket] = nil }
        return table.answers[ticket] ?? []
    }

    private func calls(_ procedure: UInt32, to host: HostID) -> [UInt32] {
        table.calls(to: host).filter { $0.procedure == procedure }.map(\.xid)
    }

    /// The host's slave says that its worker 0 stands still.
    private func hold(_ host: HostID, _ xid: UInt32, process: Int32 = 7) {
        let result = slave_hold_result.SLAVE_HELD(slave_holding(worker: 0, process: process))
        table.say(host) { $0.reply(xid: xid, result: TwoHosts.encoded(result)) }
    }

    private func held(_ host: String, process: Int32 = 7) -> ControlAnswer {
        .held(HeldProcess(host: host, worker: 0, process: process))
    }

    @Test func `a worker is held until whoever asked is gone`() throws {
        ask(first, .any, host: "h1")
        #expect(calls(Version.SLAVE_HOLD, to: .zero).isEmpty)
        let xid = try #require(calls(Version.SLAVE_HOLD, to: .one).first)
        #expect(answers(first) == [])
        hold(.one, xid)
        #expect(answers(first) == [held("h1")])
        table.driver.attached(first)
        table.pass(.seconds(10))
        #expect(calls(Version.SLAVE_RELEASE, to: .one).isEmpty)
        table.driver.controlClosed(first)
        #expect(calls(Version.SLAVE_RELEASE, to: .one).count == 1)
        #expect(answers(first) == [])
    }

    @Test func `what may happen on any host is waited for on each, and the first one counts`()
        throws
    {
        ask(first, .next("work"))
        let zero = try #require(calls(Version.SLAVE_HOLD, to: .zero).first)
        let one = try #require(calls(Version.SLAVE_HOLD, to: .one).first)
        hold(.one, one)
        #expect(calls(Version.SLAVE_RELEASE, to: .zero).count == 1)
        // Its answer had left already.
        hold(.zero, zero, process: 8)
        #expect(answers(first) == [held("h1")])
    }

    @Test func `a second debugger is told who has the worker`() throws {
        ask(first, .worker(0), host: "h0")
        hold(.zero, try #require(calls(Version.SLAVE_HOLD, to: .zero).first))
        let text = "worker 0 of host 'h0' (process 7) is held by another debugger, process 100 here"
        for subject in [HoldRequest.Subject.worker(0), .any] {
            ask(second, subject, host: "h0")
            #expect(answers(second) == [.refused(text)])
        }
        table.driver.controlClosed(first)
        ask(second, .worker(0), host: "h0")
        #expect(answers(second) == [])
    }

    @Test func `a worker to which nobody attaches goes on`() throws {
        ask(first, .any, host: "h0")
        hold(.zero, try #require(calls(Version.SLAVE_HOLD, to: .zero).first))
        _ = answers(first)
        for _ in 0..<12 {
            table.pass(.seconds(5))
            for xid in calls(Version.SLAVE_PING, to: .zero) {
                table.say(.zero) { $0.reply(xid: xid, result: []) }
            }
        }
        #expect(
            answers(first) == [
                .refused("no debugger attached within 60 s, so the worker goes on")
            ])
    }

    @Test func `the end of the worker and the loss of the host are told`() throws {
        ask(first, .any, host: "h0")
        hold(.zero, try #require(calls(Version.SLAVE_HOLD, to: .zero).first))
        _ = answers(first)
        ask(second, .crash, host: "h1")
        let end = slave_worker_end(worker: 0, process: 7, how: .SLAVE_SIGNALLED, signal: "SIGKILL")
        let number = MASTER_PROGRAM.MASTER_VERSION.MASTER_WORKER_ENDED
        let head = CallHead(program: MASTER_PROGRAM.number, version: 1, procedure: number)
        table.say(.zero) { writer in
            TwoHosts.encoded(end).withUnsafeBytes {
                writer.call(xid: 1, head, arguments: $0)
            }
        }
        #expect(
            answers(first) == [
                .refused("worker 0 of host 'h0' (process 7) has ended: killed by SIGKILL")
            ])
        table.driver.broken(.one, "its connection ended")
        table.driver.settle()
        _ = table.effects()
        #expect(answers(second) == [.refused("host 'h1': its connection ended")])
    }

    @Test(arguments: [
        (
            HoldRequest.Subject.next("wrok"),
            "the application has no operation 'wrok'; did you mean 'work'?"
        ),
        (.next("setTable"), "'setTable' is a context operation, which no worker executes"),
        (.operation("12.3"), "operation 12.3 is not open: it has ended, or has not begun"),
        (.any, "no host is named"),
    ])
    func `what can't be held is refused with the reason`(subject: HoldRequest.Subject, text: String)
    {
        ask(first, subject)
        #expect(answers(first) == [.refused(text)])
    }
}
