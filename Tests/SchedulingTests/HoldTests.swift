import Scheduling
import TestKit
import Testing

/// Time stands still for an operation at whose worker a debugger looks.
@Suite struct HoldTests {
    @Test(arguments: seedsOfThisRun(20))
    func `a held operation has as much time afterwards as it had before`(_ seed: UInt64) {
        var random = SeededNumbers(seed)
        var bench = SchedulerBench(workers: [1])
        let limit = Int.random(in: 1...100, using: &random)
        let (id, _) = bench.submit(deadline: .zero.advanced(by: .seconds(limit)))
        var left = limit * 1000
        while left > 1 {
            let used = Int.random(in: 1..<left, using: &random)
            #expect(bench.tick(after: .milliseconds(used)).outcomes.isEmpty)
            bench.send(.hostHeard(.zero))
            left -= used
            bench.send(.operationHeld(id))
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let pause = Int.random(in: 0...100_000, using: &random)
                #expect(bench.tick(after: .milliseconds(pause)).outcomes.isEmpty)
                bench.send(.hostHeard(.zero))
            }
            bench.send(.operationReleased(id))
        }
        #expect(bench.tick(after: .milliseconds(left)).outcomes == [.deadlinePassed])
    }

    @Test func `a held operation may end, and is forgotten with that`() {
        var bench = SchedulerBench(workers: [1])
        let (id, _) = bench.submit(deadline: .zero.advanced(by: .seconds(1)))
        bench.send(.operationHeld(id))
        #expect(bench.tick(after: .seconds(2)).outcomes.isEmpty)
        #expect(bench.succeed(id) == [.finish(id, .succeeded)])
        #expect(bench.send(.operationReleased(id)) == [])
        #expect(bench.tick(after: .seconds(2)).outcomes.isEmpty)
    }

    @Test func `a held operation is not executed a second time for being slow`() {
        var bench = SchedulerBench(workers: [1, 1])
        for _ in 0..<8 {
            let (id, actions) = bench.submit(.pure)
            let host = actions.hosts[0]
            _ = bench.succeed(id, on: host, microseconds: 1000)
        }
        let (slow, _) = bench.submit(.pure)
        bench.send(.operationHeld(slow))
        for _ in 0..<100 { #expect(bench.tick(after: .milliseconds(100)).sent == []) }
        bench.send(.operationReleased(slow))
        var later: [Action] = []
        for _ in 0..<100 { later += bench.tick(after: .milliseconds(100)).sent }
        #expect(later.count == 1)
    }

    @Test func `a host whose slave is looked at may be silent`() {
        var bench = SchedulerBench(workers: [1])
        bench.send(.hostHeld(.zero))
        for _ in 0..<100 {
            #expect(!bench.tick(after: .seconds(5)).contains(.disconnect(.zero, .silence)))
        }
        bench.send(.hostReleased(.zero))
        var later: [Action] = []
        for _ in 0..<7 { later += bench.tick(after: .seconds(5)) }
        #expect(later.contains(.disconnect(.zero, .silence)))
    }
}
