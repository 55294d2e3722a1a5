import Scheduling
import Testing

private let replacing = Event.updateAppended(.context(procedure: 7, replacing: true))

@Test func `a joiner is not told what a later update replaced`() {
    var bench = SchedulerBench()
    _ = bench.send(replacing)
    _ = bench.send(.updateAppended(.context(procedure: 8)))
    #expect(bench.send(replacing).contains(.forgetUpdate(1)))
    _ = bench.send(.hostDeclared(.one))
    #expect(
        bench.send(.hostConnected(.one, workers: 1)) == [
            .sendRetire(.one, 0..<3), .sendUpdate(.one, 2), .sendUpdate(.one, 3),
        ])
}

@Test func `an operation that is open keeps the update that it sees until it ends`() {
    var bench = SchedulerBench()
    _ = bench.send(replacing)
    let (open, _) = bench.submit()
    #expect(bench.send(replacing) == [.sendUpdate(.zero, 2)])
    _ = bench.send(.hostDeclared(.one))
    #expect(
        bench.send(.hostConnected(.one, workers: 1)) == [
            .sendRetire(.one, 0..<1), .sendUpdate(.one, 1), .sendUpdate(.one, 2),
        ])
    #expect(
        bench.succeed(open) == [
            .finish(open, .succeeded), .sendRetire(.zero, 0..<2), .sendRetire(.one, 0..<2),
            .forgetUpdate(1),
        ])
}

@Test func `numbers are left out between an open position and the newest`() {
    var bench = SchedulerBench()
    _ = bench.send(replacing)
    _ = bench.submit()
    for _ in 0..<5 { _ = bench.send(replacing) }
    _ = bench.send(.hostDeclared(.one))
    #expect(
        bench.send(.hostConnected(.one, workers: 1)) == [
            .sendRetire(.one, 0..<1), .sendUpdate(.one, 1), .sendRetire(.one, 2..<6),
            .sendUpdate(.one, 6),
        ])
}

@Test func `however many updates come beside one long operation, three are remembered`() {
    var bench = SchedulerBench()
    _ = bench.send(replacing)
    _ = bench.submit()
    for version in 1...20_000 as ClosedRange<UInt64> {
        _ = bench.send(replacing)
        _ = bench.write(slot: 0, version: version)
    }
    let holdings = bench.scheduler.holdings
    #expect(holdings.updates == 3)
    #expect(holdings.versions == 1)
    #expect(holdings.openPositions == 1)
}

@Test func `no host has to hold more positions than it can`() {
    var policy = Policy()
    policy.positionsMax = 2
    var bench = SchedulerBench(workers: [64], policy: policy)
    let (first, _) = bench.submit()
    _ = bench.send(replacing)
    _ = bench.submit()
    #expect(bench.send(replacing) == [])
    let (third, unsent) = bench.submit()
    #expect(unsent == [])
    #expect(
        bench.succeed(first) == [
            .finish(first, .succeeded), .sendRetire(.zero, 0..<1), .sendUpdate(.zero, 2),
            .sendOperation(.zero, attempt(third, 1), at: 2),
        ])
}

@Test func `an update that a host can't apply ends the host where another one could`() {
    var bench = SchedulerBench(workers: [1, 1])
    _ = bench.send(replacing)
    #expect(
        bench.send(.updateFailed(.zero, 1)) == [
            .disconnect(.zero, .updateFailed(1)),
            .record(.hostLost(.zero, retryAfter: .milliseconds(250))),
        ])
    #expect(bench.send(.updateApplied(.one, 1)) == [.finishUpdate(1)])
}

@Test func `an update that a second host can't apply either ends the run`() {
    var bench = SchedulerBench(workers: [1, 1, 1])
    _ = bench.send(replacing)
    _ = bench.send(.updateFailed(.zero, 1))
    #expect(bench.send(.updateFailed(.two, 1)) == [.failRun(.updateFailed(.two, 1))])
}
