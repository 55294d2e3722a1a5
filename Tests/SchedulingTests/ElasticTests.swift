import Scheduling
import Testing

@Test func `a host that is added while a run goes on gets what waits`() {
    var bench = SchedulerBench(workers: [1], policy: .serial)
    _ = bench.submit()
    let (waiting, _) = bench.submit()
    #expect(bench.send(.hostDeclared(.one)) == [.connect(.one)])
    #expect(
        bench.send(.hostConnected(.one, workers: 1)) == [
            .sendOperation(.one, attempt(waiting, 1), at: 0)
        ])
}

@Test func `a host that is drained gets nothing new and leaves when it is idle`() {
    var bench = SchedulerBench(workers: [1, 1])
    let (last, _) = bench.submit()
    #expect(bench.send(.hostDrained(.zero)) == [])
    for _ in 0..<2 { #expect(bench.submit().actions.hosts == [.one]) }
    #expect(bench.submit().actions.hosts == [])
    #expect(
        bench.succeed(last) == [
            .finish(last, .succeeded), .sendGoodbye(.zero), .record(.hostLeft(.zero)),
        ])
    #expect(bench.send(.hostLost(.zero, permanent: false)) == [])
}

@Test func `a host that is removed gives its operations to others at once, none is blamed`() {
    var bench = SchedulerBench(workers: [1, 1])
    let (id, _) = bench.submit()
    #expect(
        bench.send(.hostRemoved(.zero)) == [
            .sendGoodbye(.zero), .record(.hostLeft(.zero)),
            .record(.operationRetried(attempt(id, 1), on: .zero, .hostRemoved)),
            .sendOperation(.one, attempt(id, 2), at: 0),
        ])
    #expect(bench.succeed(id, attempt: 1, on: .zero) == [])
    #expect(bench.succeed(id, attempt: 2, on: .one) == [.finish(id, .succeeded)])
}

@Test func `a host that is removed before it answered is not waited for`() {
    var bench = SchedulerBench(workers: [1])
    _ = bench.send(.hostDeclared(.one))
    #expect(
        bench.send(.hostDrained(.one)) == [.disconnect(.one, .removed), .record(.hostLeft(.one))])
    #expect(bench.send(.hostConnected(.one, workers: 1)) == [.sendGoodbye(.one)])
    #expect(bench.tick(after: .seconds(1)) == [])
}

@Test func `with every host gone by the user's wish the run waits for another, then fails`() {
    var bench = SchedulerBench(workers: [1])
    #expect(
        bench.send(.hostDrained(.zero)) == [
            .sendGoodbye(.zero), .record(.hostLeft(.zero)),
            .record(.hostless(failsAfter: .seconds(30))),
        ])
    #expect(bench.tick(after: .seconds(29)) == [])
    #expect(bench.tick(after: .seconds(1)) == [.failRun(.noHost(within: .seconds(30)))])
}

@Test func `a drained host that is lost is not tried again`() {
    var bench = SchedulerBench(workers: [1, 1])
    let (id, _) = bench.submit()
    _ = bench.send(.hostDrained(.zero))
    #expect(
        bench.send(.hostLost(.zero, permanent: false)) == [
            .record(.hostLeft(.zero)),
            .record(.operationRetried(attempt(id, 1), on: .zero, .hostLost)),
            .sendOperation(.one, attempt(id, 2), at: 0),
        ])
}

@Test func `an interrupted run lets what was sent end and nothing else`() {
    var bench = SchedulerBench(workers: [1], policy: .serial)
    let (sent, _) = bench.submit()
    let (waiting, _) = bench.submit()
    #expect(bench.send(.interrupted) == [.finish(waiting, .interrupted)])
    #expect(bench.submit().actions.outcomes == [.interrupted])
    #expect(bench.succeed(sent) == [.finish(sent, .succeeded), .drained])
}

@Test func `an interrupted run does not try again what is lost`() {
    var bench = SchedulerBench(workers: [1])
    let (id, _) = bench.submit()
    _ = bench.send(.interrupted)
    #expect(bench.kill(id, attempt: 1) == [.finish(id, .interrupted), .drained])
}
