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
            .sendRetire(.zero, below: 2), .forget(SharedVersion(slot: 0, version: 1)),
            .sendUpdate(.zero, 2),
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
            .sendRetire(.zero, below: 1), .sendUpdate(.zero, 1),
            .sendDefinition(.zero, SharedVersion(slot: 0, version: 1)),
            .sendOperation(.zero, attempt(id, 2), at: 1),
        ])
}
