import Simulation
import TestKit

/// On what a seed's program runs, and what happens to it.
struct SoakSetup: Sendable {
    struct Host: Sendable {
        let name: String
        /// A host of Tools/cluster; nil: this machine.
        let cluster: String?
        let workers: Int
    }

    let hosts: [Host]
    /// Hosts that may be added while it runs.
    let spare: [Host]
    let isSerial: Bool
    let hasJournal: Bool
    /// MiB; nil: as it is without asking.
    let inFlight: Int?
    let hasTrace: Bool
    /// Milliseconds between faults, on average; nil: none.
    let faultInterval: Int?

    /// - Parameter cluster: the hosts of it that can be used.
    init(seed: UInt64, cluster: [String], hasFaults: Bool) {
        // Not the program's numbers.
        var random = SeededNumbers(seed ^ 0x5041_7365_7475_7000)
        isSerial = random.chance(0.05)
        let here = (1...3).map { number in
            Host(name: "h\(number)", cluster: nil, workers: Self.workers(most: 256, &random))
        }
        var far = cluster.map { name in
            // Foreign processes are emulated, and slow.
            Host(
                name: name, cluster: name,
                workers: Self.workers(most: name == "xeon" ? 64 : 4, &random))
        }
        far.shuffle(using: &random)
        let farCount = random.chance(0.35) ? random.within(1...2) : 0
        let all = here.prefix(random.within(1...3)) + far.prefix(farCount)
        hosts = isSerial ? [here[0]] : Array(all)
        let names = Set(hosts.map(\.name))
        spare = isSerial ? [] : (here + far.prefix(2)).filter { !names.contains($0.name) }
        hasJournal = random.chance(0.35)
        inFlight = random.chance(0.2) ? Sizes.logUniform(1...64, &random) : nil
        hasTrace = random.chance(0.2)
        let isCalm = random.chance(0.25) || isSerial
        let interval = Sizes.logUniform(30...2000, &random)
        faultInterval = isCalm || !hasFaults ? nil : interval
    }

    private static func workers(most: Int, _ random: inout SeededNumbers) -> Int {
        switch random.below(8) {
        case 0: 1
        case 1: most
        case 2: random.within(most / 2...most)
        default: min(most, Sizes.logUniform(1...32, &random))
        }
    }

    var text: String {
        let hosts = hosts.map { "\($0.name) of \($0.workers)" }.joined(separator: ", ")
        return (isSerial ? "serial" : hosts) + (hasJournal ? ", a journal" : "")
            + (inFlight.map { ", \($0) MiB in flight" } ?? "") + (hasTrace ? ", a trace" : "")
            + (faultInterval.map { ", a fault each \($0) ms" } ?? ", no faults")
    }
}
