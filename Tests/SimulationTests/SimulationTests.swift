import Testing

/// DESIGN §6 in a world of failing hosts: each operation ends exactly once, executes at exactly its
/// position, and the results are those of the sequential execution.
@Test func `every rule of the execution model holds in every seeded world`() {
    var totals = (succeeded: 0, poisoned: 0, fatesUnknown: 0)
    for seed in Seed.forThisRun {
        var world = SimulatedCluster(seed: seed)
        let ledger = world.run()
        #expect(ledger.breaches.isEmpty, "make simulate SEED=\(seed.number)")
        totals.succeeded += ledger.succeeded
        totals.poisoned += ledger.poisoned
        totals.fatesUnknown += ledger.fatesUnknown
    }
    // A world in which nothing goes wrong would prove nothing.
    if Seed.forThisRun.count > 100 {
        #expect(totals.succeeded > 1000)
        #expect(totals.poisoned > 10)
        #expect(totals.fatesUnknown > 10)
    }
}

@Test func `a seed tells the same story twice`() {
    var one = SimulatedCluster(seed: Seed(number: 17))
    var other = SimulatedCluster(seed: Seed(number: 17))
    let first = one.run()
    let second = other.run()
    #expect(first.succeeded == second.succeeded)
    #expect(one.now == other.now)
}
