import Marionette

// The master: an ordinary sequential program. 'marionette run' builds, pushes and starts it.
await {{Name}}.run { {{name}} in
    try await {{name}}.setFirst(3)  // in order: what follows sees it, on every host
    let ranges = (0..<1000).map { Range(from: 1000 * $0, count: 1000) }
    var total = 0
    for try await count in {{name}}.countPrimes(each: ranges) {  // on all hosts, as they finish
        total += Int(count)
    }
    print("\(total) odd primes below a million")
}
