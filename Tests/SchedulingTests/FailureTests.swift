import Scheduling
import Testing

@Test func `only the attempt that was executing is blamed for a worker's end`() {
    var bench = SchedulerBench(workers: [2])
    let (first, _) = bench.submit()
    let (second, _) = bench.submit()
    #expect(bench.send(.workerEnded(.zero, executing: nil)) == [])
    #expect(
        bench.kill(first, attempt: 1).sent == [.sendOperation(.zero, attempt(first, 2), at: 0)])
    #expect(bench.succeed(second) == [.finish(second, .succeeded)])
}

@Test func `an operation that kills three workers fails alone`() {
    var bench = SchedulerBench(workers: [2])
    let (poison, _) = bench.submit()
    let (sound, _) = bench.submit()
    _ = bench.kill(poison, attempt: 1)
    _ = bench.kill(poison, attempt: 2)
    #expect(
        bench.kill(poison, attempt: 3) == [.finish(poison, .poisoned(kills: 3, .zero))])
    #expect(bench.succeed(sound) == [.finish(sound, .succeeded)])
}

@Test func `the operations of a lost host go elsewhere and none is blamed`() {
    var bench = SchedulerBench(workers: [1, 4])
    var ids: [OperationID] = []
    for _ in 0..<3 { ids.append(bench.submit().id) }
    let actions = bench.send(.hostLost(.zero, permanent: false))
    #expect(
        actions.sent.allSatisfy { if case .sendOperation(.one, _, 0) = $0 { true } else { false } })
    #expect(bench.scheduler.openOperations == 3)
}

@Test(arguments: [true, false])
func `an operation that may be executed once is never sent again`(hostDies: Bool) {
    var bench = SchedulerBench(workers: [1, 1])
    let (id, _) = bench.submit(.once)
    let actions =
        hostDies ? bench.send(.hostLost(.zero, permanent: false)) : bench.kill(id, attempt: 1)
    #expect(actions.sent.isEmpty)
    #expect(actions.outcomes == [.fateUnknown(.zero, hostDies ? .hostLost : .workerEnded)])
}

@Test func `the answer of an attempt that lost is dropped`() {
    var bench = SchedulerBench(workers: [1])
    let (id, _) = bench.submit()
    _ = bench.kill(id, attempt: 1)
    #expect(bench.succeed(id, attempt: 1) == [])
    #expect(bench.succeed(id, attempt: 2) == [.finish(id, .succeeded)])
    #expect(bench.succeed(id, attempt: 2) == [])
}

@Test func `a host that can't be reached is tried for ever, with pauses that double`() {
    var bench = SchedulerBench(workers: [1, 1])
    var pauses: [Duration] = []
    for _ in 0..<10 {
        for case .record(.hostLost(_, let pause)) in bench.send(.hostLost(.zero, permanent: false))
        {
            pauses.append(pause)
            #expect(bench.tick(after: pause).contains(.connect(.zero)))
        }
        _ = bench.send(.hostHeard(.one))
    }
    #expect(
        pauses
            == [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000].map {
                .milliseconds($0)
            })
}

@Test func `a host that is lost again and again without any work done is given up`() {
    var bench = SchedulerBench(workers: [1, 1])
    var incidents: [Incident] = []
    for _ in 0..<20 {
        for case .record(let incident) in bench.send(.hostLost(.zero, permanent: false)) {
            incidents.append(incident)
        }
        _ = bench.tick(after: .seconds(30))
        _ = bench.send(.hostConnected(.zero, workers: 1))
        _ = bench.send(.hostHeard(.one))
    }
    #expect(incidents.count == 8)
    #expect(incidents.last == .hostGivenUp(.zero, failures: 8))
}

@Test func `an operation done forgives the failures before it`() {
    var bench = SchedulerBench(workers: [1])
    _ = bench.send(.hostLost(.zero, permanent: false))
    _ = bench.tick(after: .seconds(1))
    _ = bench.send(.hostConnected(.zero, workers: 1))
    let (id, _) = bench.submit()
    _ = bench.succeed(id)
    #expect(
        bench.send(.hostLost(.zero, permanent: false)) == [
            .record(.hostLost(.zero, retryAfter: .milliseconds(250))),
            .record(.hostless(failsAfter: .seconds(30))),
        ])
}

@Test func `a run without hosts ends after the stated time`() {
    var bench = SchedulerBench(workers: [1])
    _ = bench.send(.hostLost(.zero, permanent: false))
    let (id, _) = bench.submit()
    _ = bench.tick(after: .seconds(29))
    #expect(
        bench.tick(after: .seconds(1)) == [
            .finish(id, .abandoned), .failRun(.noHost(within: .seconds(30))),
        ])
}

@Test func `a run ends at once when its last host was given up`() {
    var bench = SchedulerBench(workers: [1])
    #expect(
        bench.send(.hostLost(.zero, permanent: true)) == [
            .record(.hostGivenUp(.zero, failures: 1)), .failRun(.allHostsGivenUp),
        ])
}

@Test func `a silent host is asked, then counts as lost`() {
    var bench = SchedulerBench(workers: [1, 1])
    #expect(bench.tick(after: .seconds(5)) == [.sendPing(.zero), .sendPing(.one)])
    bench.pass(.seconds(20))
    bench.send(.hostHeard(.one))
    #expect(
        bench.tick(after: .seconds(5)) == [
            .disconnect(.zero, .silence), .record(.hostLost(.zero, retryAfter: .milliseconds(250))),
            .sendPing(.one),
        ])
}

@Test func `a master that was stopped for a while asks its hosts before it gives them up`() {
    var bench = SchedulerBench(workers: [1, 1])
    #expect(bench.tick(after: .seconds(3600)) == [.sendPing(.zero), .sendPing(.one)])
    #expect(bench.tick(after: .seconds(24)) == [])
    bench.send(.hostHeard(.one))
    #expect(
        bench.tick(after: .seconds(1)) == [
            .disconnect(.zero, .silence), .record(.hostLost(.zero, retryAfter: .milliseconds(250))),
        ])
}

@Test func `hosts of which none answered at the first try are waited for, which is told once`() {
    var bench = SchedulerBench(hosts: 2)
    #expect(
        bench.send(.hostLost(.zero, permanent: false)) == [
            .record(.hostLost(.zero, retryAfter: .milliseconds(250)))
        ])
    #expect(
        bench.send(.hostLost(.one, permanent: false)) == [
            .record(.hostLost(.one, retryAfter: .milliseconds(250))),
            .record(.hostless(failsAfter: .seconds(30))),
        ])
    #expect(bench.tick(after: .seconds(1)) == [.connect(.zero), .connect(.one)])
    #expect(
        bench.send(.hostLost(.one, permanent: false)) == [
            .record(.hostLost(.one, retryAfter: .milliseconds(500)))
        ])
}

@Test func `a cancelled operation gives its credit back, and what is answered to it is dropped`() {
    var bench = SchedulerBench(workers: [1], policy: .serial)
    let (first, _) = bench.submit()
    let (second, waiting) = bench.submit()
    #expect(waiting.isEmpty)
    #expect(
        bench.send(.cancelled(first)) == [
            .sendCancel(.zero, attempt(first, 1)), .finish(first, .cancelled),
            .sendOperation(.zero, attempt(second, 1), at: 0),
        ])
    #expect(bench.succeed(first) == [])
    #expect(bench.succeed(second) == [.finish(second, .succeeded)])
}

@Test func `an operation that was cancelled before it was sent is never sent`() {
    var bench = SchedulerBench(workers: [1], policy: .serial)
    let (first, _) = bench.submit()
    let (second, _) = bench.submit()
    #expect(bench.send(.cancelled(second)) == [.finish(second, .cancelled)])
    #expect(bench.succeed(first) == [.finish(first, .succeeded)])
}

@Test func `at the program's end every host is told goodbye`() {
    var bench = SchedulerBench(workers: [1, 1])
    #expect(bench.send(.programFinished) == [.sendGoodbye(.zero), .sendGoodbye(.one)])
    #expect(bench.send(.hostLost(.zero, permanent: false)) == [])
}
