import Scheduling
import Testing

@Test func `shared data go to a host with the first operation that reads them, once`() {
    var bench = SchedulerBench(workers: [8])
    let version = SharedVersion(slot: 0, version: 1)
    #expect(bench.write(slot: 0, version: 1).contains(.sendUpdate(.zero, 1)))
    let (blind, blindActions) = bench.submit()
    #expect(blindActions == [.sendOperation(.zero, attempt(blind, 1), at: 1)])
    let (first, firstActions) = bench.submit(reads: [0])
    #expect(
        firstActions == [
            .sendDefinition(.zero, version), .sendOperation(.zero, attempt(first, 1), at: 1),
        ])
    let (second, secondActions) = bench.submit(reads: [0])
    #expect(secondActions == [.sendOperation(.zero, attempt(second, 1), at: 1)])
}

@Test func `an older operation reads the version of its own position`() {
    var bench = SchedulerBench(workers: [1])
    _ = bench.write(slot: 0, version: 1)
    let (blocking, _) = bench.submit()
    _ = bench.submit()
    let (late, waiting) = bench.submit(reads: [0])
    #expect(waiting.isEmpty)
    _ = bench.write(slot: 0, version: 2)
    #expect(
        bench.succeed(blocking) == [
            .finish(blocking, .succeeded),
            .sendDefinition(.zero, SharedVersion(slot: 0, version: 1)),
            .sendOperation(.zero, attempt(late, 1), at: 1),
        ])
}

@Test func `a version that no position sees is forgotten`() {
    var bench = SchedulerBench()
    _ = bench.write(slot: 0, version: 1)
    #expect(
        bench.write(slot: 0, version: 2) == [
            .forget(SharedVersion(slot: 0, version: 1)), .forgetUpdate(1),
            .sendRetire(.zero, 0..<2), .sendUpdate(.zero, 2),
        ])
}

@Test func `a host that was lost receives its shared data again`() {
    var bench = SchedulerBench(workers: [1])
    _ = bench.write(slot: 0, version: 1)
    let (id, _) = bench.submit(reads: [0])
    _ = bench.send(.hostLost(.zero, permanent: false))
    #expect(bench.tick(after: .milliseconds(250)) == [.connect(.zero)])
    #expect(
        bench.send(.hostConnected(.zero, workers: 1)) == [
            .sendRetire(.zero, 0..<1), .sendUpdate(.zero, 1),
            .sendDefinition(.zero, SharedVersion(slot: 0, version: 1)),
            .sendOperation(.zero, attempt(id, 2), at: 1),
        ])
}

@Test func `an operation goes to a host that holds the data, not to a freer one without them`() {
    var bench = SchedulerBench(workers: [2, 2])
    _ = bench.write(slot: 0, version: 1, bytes: 1_000_000_000)
    #expect(bench.submit(reads: [0]).actions.hosts == [.zero])
    #expect(bench.submit(reads: [0]).actions.hosts == [.zero])
    #expect(bench.submit().actions.hosts == [.one])
}

@Test func `idle workers are worth a transfer where nothing is known of the time to wait`() {
    var bench = SchedulerBench(workers: [1, 1])
    _ = bench.write(slot: 0, version: 1, bytes: 1_000_000_000)
    #expect(bench.submit(reads: [0]).actions.hosts == [.zero])
    #expect(bench.submit(reads: [0]).actions.hosts == [.one])
}

@Test(arguments: [(UInt64(1_000_000), HostID.one), (10_000_000_000, .zero)])
func `a transfer that takes longer than the wait is not made`(bytes: UInt64, expected: HostID) {
    var bench = SchedulerBench(workers: [1, 1])
    let (fast, _) = bench.submit()
    let (other, _) = bench.submit()
    _ = bench.succeed(fast, on: .zero, microseconds: 1_000_000)
    _ = bench.succeed(other, on: .one, microseconds: 1_000_000)
    _ = bench.write(slot: 0, version: 1, bytes: bytes)
    #expect(bench.submit(reads: [0]).actions.hosts == [.zero])
    #expect(bench.submit(reads: [0]).actions.hosts == [expected])
}

@Test func `a host that holds an older version of the data is preferred too`() {
    var bench = SchedulerBench(workers: [1, 2])
    _ = bench.write(slot: 0, version: 1, bytes: 1_000_000_000)
    let (first, _) = bench.submit(reads: [0])
    let (second, _) = bench.submit()
    _ = bench.succeed(first, on: .one)
    _ = bench.succeed(second, on: .zero, microseconds: 10)
    _ = bench.write(slot: 0, version: 2, bytes: 1_000_000_000)
    #expect(bench.submit(reads: [0]).actions.hosts == [.one])
}
