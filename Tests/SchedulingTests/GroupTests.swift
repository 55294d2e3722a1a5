import Scheduling
import Testing

extension SchedulerBench {
    /// Submits operations as one group.
    fileprivate mutating func submitGroup(
        _ count: UInt32, _ kind: OperationKind = .worker
    ) -> (id: OperationID, actions: [Action]) {
        let id = names.insert(0)
        let traits = OperationTraits(procedure: 1, kind: kind, count: count)
        return (id, send(.operationSubmitted(id, traits)))
    }

    /// A member kills its worker, and goes on under a name of its own.
    fileprivate mutating func separate(
        from group: OperationID, on host: HostID = .zero
    ) -> (id: OperationID, actions: [Action]) {
        let alone = names.insert(0)
        let executing = attempt(group, 1)
        return (alone, send(.workerEnded(host, executing: executing, alone: alone)))
    }
}

@Test func `only what is known to be short is grouped, as many as a worker does in a moment`() {
    var bench = SchedulerBench(workers: [2])
    let traits = OperationTraits(procedure: 1, kind: .worker)
    #expect(bench.scheduler.groupSize(of: traits) == 1)
    let (first, _) = bench.submit()
    _ = bench.succeed(first, microseconds: 10)
    #expect(bench.scheduler.groupSize(of: traits) == 25)
    let once = OperationTraits(procedure: 1, kind: .once)
    #expect(bench.scheduler.groupSize(of: once) == 1)
    #expect(bench.scheduler.groupSize(of: OperationTraits(procedure: 2, kind: .worker)) == 1)
    for _ in 0..<100 {
        let (slow, _) = bench.submit()
        _ = bench.succeed(slow, microseconds: 1000)
    }
    #expect(bench.scheduler.groupSize(of: traits) == 1)
}

@Test func `a host is not filled by a few groups`() {
    var policy = Policy()
    policy.prefetchLimits = 1...15
    var bench = SchedulerBench(workers: [2], policy: policy)
    let (first, _) = bench.submit()
    _ = bench.succeed(first, microseconds: 1)
    #expect(bench.scheduler.credit == 32)
    #expect(bench.scheduler.groupSize(of: OperationTraits(procedure: 1, kind: .worker)) == 4)
}

@Test func `a group takes the credit of its members, and gives it back when it is answered`() {
    var bench = SchedulerBench(workers: [2])
    let (group, sent) = bench.submitGroup(4)
    #expect(sent.hosts == [.zero])
    let (waiting, none) = bench.submit()
    #expect(none == [])
    #expect(
        bench.succeed(group) == [
            .finish(group, .succeeded), .sendOperation(.zero, attempt(waiting, 1), at: 0),
        ])
}

@Test func `one that kills its worker leaves its group, and is blamed alone`() {
    var bench = SchedulerBench(workers: [2])
    let (group, _) = bench.submitGroup(3)
    let (alone, separated) = bench.separate(from: group)
    #expect(
        separated == [
            .record(.operationRetried(attempt(alone, 1), on: .zero, .workerEnded)),
            .sendOperation(.zero, attempt(alone, 2), at: 0),
        ])
    #expect(bench.scheduler.openOperations == 2)
    _ = bench.kill(alone, attempt: 2)
    #expect(
        bench.kill(alone, attempt: 3).outcomes == [.poisoned(kills: 3, .zero)])
    #expect(bench.succeed(group) == [.finish(group, .succeeded)])
}

@Test func `who leaves a group whose attempt is over ends with it`() {
    var bench = SchedulerBench(workers: [2])
    let (group, _) = bench.submitGroup(3)
    _ = bench.send(.cancelled(group))
    let (alone, separated) = bench.separate(from: group)
    #expect(separated == [.finish(alone, .abandoned)])
}

@Test func `a group that was sent twice is called back from both hosts`() {
    var bench = SchedulerBench(workers: [1, 1])
    let (quick, _) = bench.submit(.pure)
    _ = bench.succeed(quick, microseconds: 1000)
    let (slow, _) = bench.submitGroup(2, .pure)
    var doubled: [Action] = []
    for _ in 0..<4 { doubled += bench.tick(after: .milliseconds(50)) }
    #expect(doubled.sent == [.sendOperation(.zero, attempt(slow, 2), at: 0)])
    // The host that answers last may have what the other one answered before.
    #expect(
        bench.succeed(slow, attempt: 2, on: .zero) == [
            .sendCancel(.zero, attempt(slow, 2)), .sendCancel(.one, attempt(slow, 1)),
            .finish(slow, .succeeded),
        ])
}
