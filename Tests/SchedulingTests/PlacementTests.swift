import Scheduling
import Testing

@Test func `a host holds its workers' operations and one more for each`() {
    var bench = SchedulerBench(workers: [2])
    var sent = 0
    for _ in 0..<10 { sent += bench.submit().actions.sent.count }
    #expect(sent == 4)
}

@Test func `short operations are sent further ahead`() {
    var bench = SchedulerBench(workers: [1])
    var ids: [OperationID] = []
    for _ in 0..<100 { ids.append(bench.submit().id) }
    // A millisecond of work at 100 µs each: ten wait beside the one that executes.
    #expect(bench.succeed(ids[0], microseconds: 100).sent.count == 10)
}

@Test func `operations are spread by the load for each worker`() {
    var bench = SchedulerBench(workers: [1, 3])
    var counts = [0, 0]
    for _ in 0..<4 {
        for case .sendOperation(let host, _, _) in bench.submit().actions {
            counts[host.index] += 1
        }
    }
    #expect(counts == [1, 3])
}

@Test func `a host that is measured as faster gets more`() {
    var bench = SchedulerBench(workers: [4, 4])
    let (slow, _) = bench.submit()
    let (fast, _) = bench.submit()
    _ = bench.succeed(slow, on: .zero, microseconds: 40_000)
    _ = bench.succeed(fast, on: .one, microseconds: 10_000)
    var counts = [0, 0]
    for _ in 0..<5 {
        for case .sendOperation(let host, _, _) in bench.submit().actions {
            counts[host.index] += 1
        }
    }
    #expect(counts == [1, 4])
}

@Test func `a serial run has one operation in flight, in program order`() {
    var bench = SchedulerBench(workers: [1], policy: .serial)
    let (first, sent) = bench.submit()
    #expect(sent.count == 1)
    let (second, waiting) = bench.submit()
    #expect(waiting.isEmpty)
    #expect(bench.succeed(first).sent == [.sendOperation(.zero, attempt(second, 1), at: 0)])
}

@Test
func `a slow pure operation gets a second attempt on an idle host, and the first answer wins`() {
    var bench = SchedulerBench(workers: [1, 1])
    let (quick, _) = bench.submit(.pure)
    _ = bench.succeed(quick, microseconds: 1000)
    let (slow, sent) = bench.submit(.pure)
    #expect(sent == [.sendOperation(.one, attempt(slow, 1), at: 0)])
    #expect(bench.tick(after: .milliseconds(50)) == [])
    #expect(
        bench.tick(after: .milliseconds(60)) == [
            .sendOperation(.zero, attempt(slow, 2), at: 0),
            .record(.operationDoubled(attempt(slow, 2), on: .zero)),
        ])
    #expect(
        bench.succeed(slow, attempt: 2, on: .zero) == [
            .sendCancel(.one, attempt(slow, 1)), .finish(slow, .succeeded),
        ])
    #expect(bench.succeed(slow, attempt: 1, on: .one) == [])
}

@Test func `an operation that is not pure is never executed twice at once`() {
    var bench = SchedulerBench(workers: [1, 1])
    let (quick, _) = bench.submit(.worker)
    _ = bench.succeed(quick, microseconds: 1000)
    _ = bench.submit(.worker)
    for _ in 0..<20 { #expect(bench.tick(after: .milliseconds(50)).sent.isEmpty) }
}

@Test func `a loss with a second attempt alive sends no third`() {
    var bench = SchedulerBench(workers: [1, 1])
    let (quick, _) = bench.submit(.pure)
    _ = bench.succeed(quick, microseconds: 1000)
    let (slow, _) = bench.submit(.pure)
    _ = bench.tick(after: .milliseconds(50))
    _ = bench.tick(after: .milliseconds(60))
    #expect(bench.kill(slow, attempt: 1, on: .one) == [])
    #expect(bench.succeed(slow, attempt: 2, on: .zero) == [.finish(slow, .succeeded)])
}

@Test func `a long operation is not queued behind short ones`() {
    var bench = SchedulerBench(workers: [1])
    let (short, _) = bench.submit(procedure: 1)
    _ = bench.succeed(short, microseconds: 10)
    let (long, _) = bench.submit(procedure: 2)
    _ = bench.succeed(long, microseconds: 1_000_000)
    for _ in 0..<20 { _ = bench.submit(procedure: 1) }
    let held = bench.scheduler.holdings.inFlight
    #expect(bench.submit(procedure: 2).actions.hosts == [])
    #expect(held >= 2)
}

@Test func `an operation that killed its worker is tried on another host`() {
    var bench = SchedulerBench(workers: [4, 1])
    let (id, _) = bench.submit()
    #expect(bench.kill(id, attempt: 1).hosts == [.one])
}

@Test func `a worker's clock is believed no more than the attempt is old`() {
    var bench = SchedulerBench(workers: [1, 1])
    let (id, _) = bench.submit()
    bench.pass(.milliseconds(1))
    let reply = Reply(succeeded: true, microseconds: .max)
    _ = bench.send(.replied(.zero, attempt(id, 1), reply))
    let (other, _) = bench.submit()
    _ = bench.succeed(other, on: .one, microseconds: 2000)
    #expect(bench.submit().actions.hosts == [.zero])
}
