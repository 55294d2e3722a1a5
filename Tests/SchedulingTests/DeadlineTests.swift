import Scheduling
import Testing

private func moment(_ seconds: Int) -> Instant { .zero.advanced(by: .seconds(seconds)) }

@Test func `an operation ends at its deadline and its worker is told so`() {
    var bench = SchedulerBench(workers: [1])
    let (id, _) = bench.submit(deadline: moment(3))
    #expect(bench.scheduler.deadline == moment(3))
    #expect(bench.tick(after: .seconds(2)) == [])
    #expect(
        bench.tick(after: .seconds(1)) == [
            .sendCancel(.zero, attempt(id, 1)), .finish(id, .deadlinePassed),
        ])
    #expect(bench.succeed(id, microseconds: 1) == [])
}

@Test func `an operation whose deadline passes while it waits is never sent`() {
    var bench = SchedulerBench(workers: [1], policy: .serial)
    let (first, _) = bench.submit()
    let (late, _) = bench.submit(deadline: moment(1))
    #expect(bench.tick(after: .seconds(1)) == [.finish(late, .deadlinePassed)])
    #expect(bench.succeed(first) == [.finish(first, .succeeded)])
}

@Test func `an operation that was done in time hears nothing of its deadline`() {
    var bench = SchedulerBench(workers: [1])
    let (id, _) = bench.submit(deadline: moment(3))
    #expect(bench.succeed(id) == [.finish(id, .succeeded)])
    #expect(bench.tick(after: .seconds(4)).outcomes.isEmpty)
}

@Test func `deadlines of operations that ended do not gather`() {
    var bench = SchedulerBench(workers: [1])
    for _ in 0..<10_000 {
        let (id, _) = bench.submit(deadline: moment(1_000_000))
        _ = bench.succeed(id, microseconds: 10)
    }
    #expect(bench.scheduler.holdings.deadlines < 200)
}
