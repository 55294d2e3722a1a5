import Foundation
import Simulation
import Testing

/// The execution model in worlds of failing hosts: each operation ends exactly once, executes at exactly its
/// position, and the results are those of the sequential execution.
@Test(arguments: [1...1000, 1001...2000] as [ClosedRange<UInt64>])
func `every rule of the execution model holds in every seeded world`(
    _ seeds: ClosedRange<UInt64>
) {
    let run = SeedRun.run(seeds, .scheduler)
    #expect(run.failure == nil, "\(run.failure?.command ?? "")")
    // A world in which nothing goes wrong would prove nothing.
    #expect(run.endings["succeeded", default: 0] > 1000)
    for ending in ["abandoned", "cancelled", "deadlinePassed", "fateUnknown", "interrupted"] {
        #expect(run.endings[ending, default: 0] > 0, "\(ending)")
    }
    #expect(run.endings["poisoned", default: 0] > 10)
}

/// The driver, with the scheduler in it, speaks the protocol with slaves over streams that are cut
/// anywhere. A few worlds: MutationTests runs two thousand, compiled with optimization.
@Test func `each call ends once and rightly in every seeded world of byte streams`() {
    let run = SeedRun.run(1...60, .driver)
    #expect(run.failure == nil, "\(run.failure?.command ?? "")\n\(run.failure?.breaches ?? [])")
    // A world in which nothing goes wrong would prove nothing.
    #expect(run.endings["succeeded", default: 0] > 1000)
    for ending in ["cancelled", "late", "poisoned", "unknown"] {
        #expect(run.endings[ending, default: 0] > 3, "\(ending)")
    }
}

@Test(arguments: [1, 2] as [UInt64])
func `the rules hold with hosts by the thousand`(_ number: UInt64) {
    var world = SimulatedCluster(seed: Seed(number: number), hosts: 1000)
    #expect(world.run().breaches == [])
}

@Test(arguments: [17, 49] as [UInt64])
func `a seed tells the driver's story twice`(_ number: UInt64) {
    var one = DrivenWorld(seed: Seed(number: number))
    var other = DrivenWorld(seed: Seed(number: number))
    #expect(one.run() == other.run())
    #expect(one.counts == other.counts)
    #expect(one.happened == other.happened)
}

@Test func `a seed tells the same story twice`() {
    var one = SimulatedCluster(seed: Seed(number: 17))
    var other = SimulatedCluster(seed: Seed(number: 17))
    let first = one.run()
    let second = other.run()
    #expect(first.endings == second.endings)
    #expect(one.steps == other.steps)
}
