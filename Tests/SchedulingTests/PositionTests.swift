import Scheduling
import Testing

@Test func `an operation executes at the position of the updates before it`() {
    var bench = SchedulerBench()
    _ = bench.send(.updateAppended(.context(procedure: 7)))
    let (id, actions) = bench.submit()
    #expect(actions == [.sendOperation(.zero, attempt(id, 1), at: 1)])
}

@Test func `an operation that is retried keeps its own position`() {
    var bench = SchedulerBench()
    let (id, _) = bench.submit()
    _ = bench.send(.updateAppended(.context(procedure: 7)))
    #expect(
        bench.kill(id, attempt: 1) == [
            .record(.operationRetried(attempt(id, 1), on: .zero, .workerEnded)),
            .sendOperation(.zero, attempt(id, 2), at: 0),
        ])
}

@Test func `with nothing open the older position is retired before the update`() {
    var bench = SchedulerBench()
    #expect(
        bench.send(.updateAppended(.context(procedure: 7))) == [
            .sendRetire(.zero, 0..<1), .sendUpdate(.zero, 1),
        ])
}

@Test func `a position that is open lives until its last operation ended`() {
    var bench = SchedulerBench()
    let (first, _) = bench.submit()
    let (second, _) = bench.submit()
    #expect(bench.send(.updateAppended(.context(procedure: 7))) == [.sendUpdate(.zero, 1)])
    #expect(bench.succeed(second) == [.finish(second, .succeeded)])
    #expect(
        bench.succeed(first) == [.finish(first, .succeeded), .sendRetire(.zero, 0..<1)])
}

@Test func `a joiner is told what is dead and then each update in order`() {
    var bench = SchedulerBench()
    _ = bench.send(.updateAppended(.context(procedure: 7)))
    let (open, _) = bench.submit()
    _ = bench.send(.updateAppended(.context(procedure: 7)))
    _ = bench.write(slot: 0, version: 1)
    #expect(bench.send(.hostDeclared(.one)) == [.connect(.one)])
    #expect(
        bench.send(.hostConnected(.one, workers: 1)) == [
            .sendRetire(.one, 0..<1), .sendUpdate(.one, 1), .sendRetire(.one, 2..<3),
            .sendUpdate(.one, 2), .sendUpdate(.one, 3),
        ])
    #expect(
        bench.succeed(open) == [
            .finish(open, .succeeded), .sendRetire(.zero, 0..<3), .sendRetire(.one, 0..<3),
        ])
}

@Test func `the first host that applied an update answers for all`() {
    var bench = SchedulerBench(workers: [1, 1])
    _ = bench.send(.updateAppended(.context(procedure: 7)))
    #expect(bench.send(.updateApplied(.one, 1)) == [.finishUpdate(1)])
    #expect(bench.send(.updateApplied(.zero, 1)) == [])
}

@Test func `an update that failed ends the run and every open operation`() {
    var bench = SchedulerBench()
    let (id, _) = bench.submit()
    _ = bench.send(.updateAppended(.context(procedure: 7)))
    #expect(
        bench.send(.updateFailed(.zero, 1)) == [
            .sendCancel(.zero, attempt(id, 1)), .finish(id, .abandoned),
            .failRun(.updateFailed(.zero, 1)),
        ])
    #expect(bench.submit().actions.outcomes == [.abandoned])
}
