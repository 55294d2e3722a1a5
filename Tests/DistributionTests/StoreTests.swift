import Archives
import Digests
import Foundation
import Synchronization
import TestKit
import Testing
import Transport

@testable import Distribution

/// What is in stores over many pushes: links, tokens, damage, and what is removed.
@Suite struct StoreTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func place(_ host: String, _ bundle: BundleDescription? = nil) -> StorePlace {
        StorePlace(
            host: host, target: "s390x-linux-musl", endpoint: .local,
            store: "\(scratch.path)/\(host)", application: "it", bundle: bundle?.digest.description)
    }

    private func order(_ host: String, _ bundle: BundleDescription) -> PushOrder {
        PushOrder(
            host: host, endpoint: .local, store: "\(scratch.path)/\(host)", architecture: .s390x,
            bundle: bundle, current: "it")
    }

    /// Bundles that differ; each is in a directory of its own.
    private func bundles(_ count: Int) throws -> [(scratch: Scratch, bundle: BundleDescription)] {
        try (0..<count).map { _ in
            let own = try Scratch()
            return (own, try own.bundle(slave: shellSlave, assetSize: 3_000))
        }
    }

    private func inventory(_ place: StorePlace) async throws -> StoreInventory {
        try await Stores().inventories(of: [place])[0].get()
    }

    @Test func `a push makes its bundle current, and the one before previous`() async throws {
        let made = try bundles(3)
        let digests = made.map(\.bundle.digest.description)
        for (index, one) in made.enumerated() {
            for _ in 0..<2 {
                let outcome = try Push().run(order("pi", one.bundle))
                #expect(outcome.current == "\(scratch.path)/pi/current/it")
            }
            let found = try await inventory(place("pi", one.bundle))
            #expect(found.current == ["it": digests[index]])
            #expect(found.previous == (index == 0 ? [:] : ["it": digests[index - 1]]))
            #expect(found.presence == .yes)
            #expect(found.bundles == digests[...index].sorted())
        }
        // Back to the first one: it is there, and becomes current without being sent.
        #expect(try Push().run(order("pi", made[0].bundle)).result == .alreadyThere)
        let found = try await inventory(place("pi", made[1].bundle))
        #expect(found.current == ["it": digests[0]] && found.previous == ["it": digests[2]])
        #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/pi/current/it/manifest"))
    }

    @Test func `a store without a bundle says so, and how much room there is`() async throws {
        let bundle = try scratch.bundle(slave: shellSlave)
        let found = try await inventory(place("new", bundle))
        #expect(found.presence == .no && found.bundles == [] && found.current == [:])
        #expect((found.free ?? 0) > 0)
        #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/new"))
    }

    @Test func `hosts that share a store are served once`() async throws {
        let bundle = try scratch.bundle(slave: shellSlave, assetSize: 2 << 20)
        let orders = (1...5).map { number in
            var order = order("shared", bundle)
            order.host = "pi\(number)"
            return order
        }
        let outcomes = try await Push().all(orders).map { try $0.get() }
        let served = outcomes.filter { if case .pushed = $0.result { true } else { false } }
        #expect(served.count == 1)
        #expect(outcomes.count { if case .shared = $0.result { true } else { false } } == 4)
        #expect(Set(outcomes.map(\.token)).count == 1 && outcomes[0].token != nil)
        #expect(Set(outcomes.map(\.slave)).count == 1)
    }

    /// As cards have that were copied from one another.
    @Test func `stores with the same token that are not one are all served`() async throws {
        for host in ["a", "b", "c"] {
            let store = "\(scratch.path)/\(host)"
            try FileManager.default.createDirectory(
                atPath: store, withIntermediateDirectories: true)
            try "1234\n".write(toFile: "\(store)/token", atomically: true, encoding: .utf8)
        }
        let bundle = try scratch.bundle(slave: shellSlave)
        let outcomes = try await Push().all(["a", "b", "c"].map { order($0, bundle) })
            .map { try $0.get() }
        for outcome in outcomes {
            guard case .pushed = outcome.result else {
                Issue.record("\(outcome)")
                continue
            }
        }
        #expect(Set(outcomes.map(\.token)) == ["1234"])
    }

    @Test func `a bundle of another target that was current is told`() throws {
        let bundle = try scratch.bundle(slave: shellSlave)
        #expect(try Push().run(order("pi", bundle)).displaced == nil)
        let other = try Scratch()
        let foreign = try other.bundle(slave: shellSlave, target: "arm-linux-musl")
        #expect(try Push().run(order("pi", foreign)).displaced == "s390x-linux-musl")
        #expect(try Push().run(order("pi", foreign)).displaced == nil)
        #expect(try Push().run(order("pi", bundle)).displaced == "arm-linux-musl")
    }

    @Test func `a link that can't be made keeps programs from people, and no run from its slave`()
        throws
    {
        let store = scratch.path + "/pi"
        try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
        try "".write(toFile: store + "/current", atomically: true, encoding: .utf8)
        let bundle = try scratch.bundle(slave: shellSlave)
        for _ in 0..<2 { #expect(try Push().run(order("pi", bundle)).current == nil) }
        let other = try Scratch()
        let programs = try other.bundle(slave: shellSlave, asset: "bin/program")
        for _ in 0..<2 {
            let error = #expect(throws: DistributionError.self) {
                try Push().run(order("pi", programs))
            }
            guard case .storeNotWritable(host: "pi", store: store, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("current"))
        }
    }

    @Test(arguments: seedsOfThisRun(4))
    func `any damage is found by verify, and repaired by push`(seed: UInt64) async throws {
        var numbers = SeededNumbers(seed)
        let made = try bundles(2)
        for one in made { _ = try Push().run(order("pi", one.bundle)) }
        for round in 0..<3 {
            let at = numbers.below(made.count)
            let bundle = made[at].bundle
            let file = ["manifest", "slave", "asset"][numbers.below(3)]
            let path = "\(scratch.path)/pi/bundles/\(bundle.digest)/\(file)"
            switch numbers.below(4) {
            case 0: try FileManager.default.removeItem(atPath: path)
            case 1 where file == "slave": chmod(path, 0o644)
            default:
                var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                bytes[numbers.below(bytes.count)] ^= UInt8(1 << numbers.below(8))
                try bytes.write(to: URL(fileURLWithPath: path))
            }
            var told = "MARIONETTE_SEED=\(seed) round \(round): \(file)"
            let dry = try await Stores().verify([place("pi")], marks: false)[0].get()
            let found = try await Stores().verify([place("pi")])[0].get()
            told += " \(found)"
            #expect(dry == found, "\(told)")
            #expect(found.whole == [made[1 - at].bundle.digest.description], "\(told)")
            #expect(Set(found.faults.map(\.bundle)) == [bundle.digest.description], "\(told)")
            #expect(found.faults.map(\.file) == [file], "\(told)")
            guard case .pushed = try Push().run(order("pi", bundle)).result else {
                Issue.record("not repaired: \(told)")
                return
            }
            #expect(try await Stores().verify([place("pi")])[0].get().faults == [], "\(told)")
            #expect(try Push().run(order("pi", bundle)).result == .alreadyThere, "\(told)")
        }
    }

    @Test func `files that a manifest does not list are found`() async throws {
        let bundle = try scratch.bundle(slave: shellSlave)
        _ = try Push().run(order("pi", bundle))
        let path = "\(scratch.path)/pi/bundles/\(bundle.digest)"
        try "x".write(toFile: "\(path)/left over", atomically: true, encoding: .utf8)
        symlink("/etc/passwd", "\(path)/link")
        let found = try await Stores().verify([place("pi")])[0].get()
        #expect(found.faults.map(\.file) == ["left over", "link"])
    }

    @Test func `what a process uses is known by the process`() async throws {
        let made = try bundles(3)
        for one in made { _ = try Push().run(order("pi", one.bundle)) }
        let used = made[0].bundle.digest.description
        let program = "\(scratch.path)/pi/bundles/\(used)/asset"
        try FileManager.default.removeItem(atPath: program)
        try FileManager.default.copyItem(atPath: "/bin/cat", toPath: program)
        let process = try TestProcess([program])
        defer { process.end() }
        let found = try await inventory(place("pi", made[2].bundle))
        let here = found.processes?.filter { $0.bundle == used } ?? []
        #expect(here.map(\.identifier) == [Int(process.identifier)])
        #expect(here.map(\.parent) == [Int(getpid())])
        #expect(found.programs == 1)
        let plan = PrunePlan([found], areAllKnown: true)
        #expect(plan.removals == [[]], "current, previous, and one that is used")
    }

    @Test func `prune removes what the plan says, and never what became current`() async throws {
        let made = try bundles(4)
        let digests = made.map(\.bundle.digest.description)
        for one in made { _ = try Push().run(order("pi", one.bundle)) }
        let stale = "\(scratch.path)/pi/bundles/.incoming-x-1"
        try FileManager.default.createDirectory(atPath: stale, withIntermediateDirectories: true)
        let young = stale + "2"
        try FileManager.default.createDirectory(atPath: young, withIntermediateDirectories: true)
        var times = [timeval(tv_sec: time(nil) - 90_000, tv_usec: 0)]
        times.append(times[0])
        #expect(utimes(stale, &times) == 0)
        let store = place("pi", made[3].bundle)
        let plan = PrunePlan([try await inventory(store)], areAllKnown: true)
        #expect(plan.removals[0].map(\.name) == ([".incoming-x-1"] + digests[..<2]).sorted())
        #expect(plan.removals[0].allSatisfy { $0.bytes >= 0 && $0.bytes < 1 << 20 })
        // The first one is made current meanwhile.
        _ = try Push().run(order("pi", made[0].bundle))
        let removed = try await Stores().remove(
            [store: plan.removals[0].map(\.name)], from: [store])[0].get()
        #expect(removed.sorted() == [".incoming-x-1", digests[1]])
        let names = try FileManager.default.contentsOfDirectory(
            atPath: "\(scratch.path)/pi/bundles")
        #expect(
            names.sorted()
                == ([".incoming-x-12"] + [digests[0], digests[2], digests[3]]).sorted())
    }

    @Test(arguments: seedsOfThisRun(20))
    func `prune keeps what is needed, on whatever host, and nothing else`(seed: UInt64) {
        var numbers = SeededNumbers(seed)
        let digests = (0..<12).map {
            String(repeating: "\($0 % 10)", count: 63) + ($0 < 10 ? "a" : "b")
        }
        let inventories = (0..<numbers.within(1...6)).map { _ -> StoreInventory in
            var one = StoreInventory(store: "/s")
            one.token = numbers.chance(0.3) ? nil : "\(numbers.below(2))"
            for digest in digests where numbers.chance(0.7) {
                one.sizes[digest] = numbers.below(9_000)
            }
            for digest in digests where numbers.chance(0.1) { one.sizes[".damaged-" + digest] = 0 }
            for digest in digests where numbers.chance(0.4) { one.weekOld.insert(digest) }
            for name in ["a", "b"] where numbers.chance(0.7) {
                one.current[name] = digests.randomElement(using: &numbers)
                one.previous[name] = digests.randomElement(using: &numbers)
            }
            if numbers.chance(0.8) {
                one.processes = (0..<numbers.below(3)).map {
                    .init(identifier: $0, parent: 1, bundle: digests[numbers.below(12)])
                }
            }
            return one
        }
        let areAllKnown = numbers.chance(0.7)
        let plan = PrunePlan(inventories, areAllKnown: areAllKnown)
        for (index, one) in inventories.enumerated() {
            let sharers = inventories.enumerated().filter {
                $0.offset == index || one.token != nil && $0.element.token == one.token
            }.map(\.element)
            let removed = Set(plan.removals[index].map(\.name))
            for digest in digests where one.sizes[digest] != nil {
                let isUsed = sharers.contains { other in
                    other.processes?.contains { $0.bundle == digest } ?? false
                }
                let isDamaged = one.sizes[".damaged-" + digest] != nil
                let isKnown = areAllKnown && sharers.allSatisfy { $0.processes != nil }
                let stays =
                    isUsed || one.current.values.contains(digest)
                    || one.previous.values.contains(digest) && !isDamaged
                    || !isKnown && !one.weekOld.contains(digest)
                #expect(removed.contains(digest) == !stays, "MARIONETTE_SEED=\(seed) \(digest)")
                if isDamaged {
                    #expect(
                        removed.contains(".damaged-" + digest) == !stays,
                        "MARIONETTE_SEED=\(seed)")
                }
            }
        }
    }
}
