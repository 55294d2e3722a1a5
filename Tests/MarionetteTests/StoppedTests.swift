import Foundation
import RunRecords
import Scheduling
import Synchronization
import Testing
import Transport

@testable import Marionette

/// Processes that are stopped, as by SIGSTOP: a relay's silence is noticed by the heartbeat; a
/// worker or replica is told of, and left alone.
@Suite(.timeLimit(.minutes(20))) struct StoppedTests {
    /// A slave is asked after half a second, and tells of what is stopped.
    private static func policy(silence: Duration) -> Policy {
        var policy = Policy()
        policy.pingAfter = .milliseconds(500)
        policy.silenceMax = silence
        policy.noHostMax = .seconds(600)
        return policy
    }

    /// No busy machine keeps a sound slave silent for so long.
    private static let patient = policy(silence: .seconds(600))

    @Test func `a relay that is stopped counts as lost, and the results are the same`() async throws
    {
        try await TrialRun.with(hosts: 2, policy: Self.policy(silence: .seconds(2))) { run in
            try await run.client.add(3)
            let first = try await run.event { $0.kind == .hello && $0.host == "h1" }
            let relay = try #require(first.process)
            var results: [Int64] = []
            for try await result in run.client.square(each: 0..<100, milliseconds: 5) {
                results.append(result)
                if results.count == 20 { kill(relay, SIGSTOP) }
            }
            #expect(results.sorted() == squares(100, plus: 3))
            let lost = try await run.event { $0.kind == .hostLost && $0.host == "h1" }
            #expect(lost.text == "nothing was heard from it for 2 s")
            // It is started anew.
            try await run.event {
                $0.kind == .hello && $0.host == "h1" && $0.process != relay
            }
            while isAlive(relay) { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func `a host that is slow by fits and starts is not lost`() async throws {
        var longest = Duration.zero
        // Where the machine made a stop far longer than it should be, the host is lost rightly: another
        // time.
        repeat {
            try await TrialRun.with(hosts: 2, policy: Self.policy(silence: .seconds(20))) { run in
                let first = try await run.event { $0.kind == .hello && $0.host == "h1" }
                let relay = try #require(first.process)
                async let slowness = Self.stopByFits(relay)
                var results: [Int64] = []
                for try await result in run.client.square(each: 0..<400, milliseconds: 10) {
                    results.append(result)
                }
                longest = await slowness
                #expect(results.sorted() == squares(400))
                let isLost = try run.events().contains { $0.kind == .hostLost }
                #expect(!isLost || longest > .seconds(5))
            }
        } while longest > .seconds(5)
    }

    /// Each stop is longer than a ping is waited with, and far shorter than silence is endured; all of
    /// them together are not. Returns the longest one.
    private static func stopByFits(_ relay: pid_t) async -> Duration {
        await withCheckedContinuation { continuation in
            // A task would wait for the threads that other tests hold.
            Thread.detachNewThread {
                var longest = Duration.zero
                for _ in 0..<10 {
                    let start = ContinuousClock.now
                    kill(relay, SIGSTOP)
                    usleep(2_100_000)
                    kill(relay, SIGCONT)
                    longest = max(longest, ContinuousClock.now - start)
                    usleep(50_000)
                }
                continuation.resume(returning: longest)
            }
        }
    }

    @Test func `a pure operation whose worker is stopped is done elsewhere`() async throws {
        try await TrialRun.with(hosts: 2, workers: 1, policy: Self.patient) { run in
            // A first few, so that it is known how long they take.
            for try await _ in run.client.square(each: 0..<10, milliseconds: 1) {}
            let worker = try await run.event { $0.kind == .workerStarted && $0.host == "h1" }
            let process = try #require(worker.process)
            kill(process, SIGSTOP)
            var results: [Int64] = []
            for try await result in run.client.square(each: 0..<10, milliseconds: 1) {
                results.append(result)
            }
            #expect(results.sorted() == squares(10))
            let text = "slave: process \(process) is stopped by SIGSTOP;"
            try await run.event { $0.kind == .log && $0.text?.hasPrefix(text) == true }
            #expect(try !run.events().contains { $0.kind == .hostLost })
            kill(process, SIGCONT)
        }
    }

    @Test func `an operation whose worker is stopped waits until that goes on`() async throws {
        try await TrialRun.with(workers: 1, policy: Self.patient) { run in
            let process = try await run.client.process(milliseconds: 0)
            kill(process, SIGSTOP)
            try await run.event { $0.text?.contains("\(process) is stopped by SIGSTOP") == true }
            async let result = run.client.process(milliseconds: 0)
            try await run.untilTaken(2)
            kill(process, SIGCONT)
            let executedBy = try await result
            #expect(executedBy == process)
            try await run.event { $0.text == "slave: process \(process) goes on" }
            let events = try run.events()
            #expect(!events.contains { $0.kind == .operationRetried || $0.kind == .hostLost })
        }
    }

    @Test func `an operation whose stopped worker is killed is executed again`() async throws {
        try await TrialRun.with(workers: 1, policy: Self.patient) { run in
            var end: RunEvent
            var round = 0
            // On a busy machine it may have ended before its worker is stopped: another time.
            repeat {
                round += 1
                let text = "round \(round)"
                async let told: Void = run.client.tell(text, milliseconds: 2000)
                try await run.event { $0.kind == .log && $0.text == text }
                let ended = try run.events().filter { $0.kind == .workerEnded }.map(\.process)
                let worker = try await run.event {
                    $0.kind == .workerStarted && !ended.contains($0.process)
                }
                let victim = try #require(worker.process)
                kill(victim, SIGSTOP)
                try await run.event {
                    $0.text?.contains("\(victim) is stopped by SIGSTOP") == true
                }
                kill(victim, SIGKILL)
                end = try await run.event { $0.kind == .workerEnded && $0.process == victim }
                try await told
            } while end.procedure == nil
            let last = "round \(round)"
            let beginnings = try run.events().filter { $0.kind == .log && $0.text == last }
            #expect(beginnings.count == 2)
            #expect(end.text == "killed by SIGKILL")
            #expect((end.procedure, end.attempt, end.host) == ("tell", 1, "h1"))
            #expect(try !run.events().contains { $0.kind == .hostLost })
        }
    }

    @Test func `a replica that is stopped is told of, and killed it costs its slave`() async throws
    {
        try await TrialRun.with(workers: 1, policy: Self.patient) { run in
            try await run.client.add(2)
            let worker = try await run.client.process(milliseconds: 0)
            let replica = try #require(parent(of: worker))
            kill(replica, SIGSTOP)
            try await run.event { $0.text?.contains("\(replica) is stopped by SIGSTOP") == true }
            kill(replica, SIGKILL)
            let lost = try await run.event { $0.kind == .hostLost }
            #expect(
                lost.text == "its slave gave up: a replica, or one worker after the other, was gone"
            )
            try await run.event {
                $0.text == "slave: the replica of position 1 was ended by SIGKILL"
            }
            let square = try await run.client.square(3)
            #expect(square == 11)
        }
    }

    @Test func `a record that travels longer than the silence allowed costs no host`()
        async throws
    {
        let record = [UInt8](repeating: 7, count: 24 << 20)
        let policy = Self.policy(silence: .seconds(20))
        try await TrialRun.with(policy: policy, connector: SlowConnector()) { run in
            let start = ContinuousClock.now
            let echo = try await run.client.echo(record)
            #expect(echo == record)
            #expect(ContinuousClock.now - start > .seconds(20))
            #expect(try !run.events().contains { $0.kind == .hostLost })
        }
    }
}

/// This machine's processes at the end of a line of a megabyte a second.
private struct SlowConnector: HostConnector {
    func connect(
        to endpoint: Endpoint, host: String, cancellation: Cancellation
    ) throws(TransportError) -> any HostConnection {
        SlowConnection(
            try StandardConnector().connect(
                to: endpoint, host: host, cancellation: cancellation))
    }
}

private final class SlowConnection: HostConnection {
    private let connection: any HostConnection
    var host: String { connection.host }

    init(_ connection: any HostConnection) { self.connection = connection }

    func open(_ command: [String]) throws(TransportError) -> any HostChannel {
        SlowChannel(try connection.open(command))
    }

    func close() { connection.close() }
}

private final class SlowChannel: HostChannel {
    private let channel: any HostChannel
    /// A byte comes each 16 ms: something may be sent again.
    private let clock: Int32
    private let isHeldBack = Mutex(false)

    init(_ channel: any HostChannel) {
        self.channel = channel
        var ends: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        clock = ends[0]
        let other = ends[1]
        Thread.detachNewThread {
            var byte: UInt8 = 0
            repeat { poll(nil, 0, 16) } while Glibc.send(other, &byte, 1, Int32(MSG_NOSIGNAL)) == 1
            Glibc.close(other)
        }
    }

    deinit { Glibc.close(clock) }

    var pollDescriptors: [PollDescriptor] {
        let own = PollDescriptor(descriptor: clock, wantsRead: true, wantsWrite: false)
        return channel.pollDescriptors + (isHeldBack.withLock(\.self) ? [own] : [])
    }

    var ending: ChannelEnding? { channel.ending }

    func receive(
        _ stream: ChannelStream, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransportError) -> Received { try channel.receive(stream, into: buffer) }

    /// 16 KiB each 16 ms.
    func send(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        var byte: UInt8 = 0
        let isDue = recv(clock, &byte, 1, Int32(MSG_DONTWAIT)) == 1
        isHeldBack.withLock { $0 = !isDue }
        guard isDue else { return 0 }
        return try channel.send(UnsafeRawBufferPointer(rebasing: bytes.prefix(16 << 10)))
    }

    func closeInput() { channel.closeInput() }
    func close() { channel.close() }
}

/// nil where it has ended.
func parent(of process: Int32) -> Int32? {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    let fields = text.drop { $0 != ")" }.dropFirst(2).split(separator: " ")
    return fields.count > 1 ? Int32(fields[1]) : nil
}
