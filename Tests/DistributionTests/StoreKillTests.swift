import Archives
import Foundation
import TestKit
import Testing
import Transport

@testable import Distribution

/// The host's shell and all that it started are killed at any moment of a push: the store has the
/// bundle whole, or not at all.
@Suite struct StoreKillTests {
    let scratch: Scratch
    private var store: String { scratch.path + "/store" }

    init() throws { scratch = try Scratch() }

    /// What a push to the store executes on a host.
    private func install(
        _ bundle: BundleDescription, into store: String, over present: String, push: Int
    ) throws -> TestProcess {
        let starter = "exec <\"$1\"; script=$2; shift 2; exec sh -c \"$script\" sh \"$@\""
        return try TestProcess([
            "sh", "-c", starter, "sh", bundle.path, RemoteScripts.install, store,
            bundle.digest.description, "it", String(push, radix: 16), present,
        ])
    }

    @Test(arguments: seedsOfThisRun(2))
    func `a push that is killed at any moment leaves a whole bundle or none`(
        seed: UInt64
    ) async throws {
        var numbers = SeededNumbers(seed)
        let bundle = try scratch.bundle(
            slave: shellSlave, assetSize: numbers.within(1...(1 << 20)))
        let digest = bundle.digest.description
        let place = StorePlace(
            host: "pi", target: "t", endpoint: .local, store: store, application: "it",
            bundle: digest)
        let start = ContinuousClock.now
        let whole = try install(bundle, into: scratch.path + "/other", over: "no", push: 0)
        #expect(try whole.waitForEnd() == .exited(0), "\(whole.command.last ?? "")")
        let usual = ContinuousClock.now - start
        for round in 1...12 {
            let told = "MARIONETTE_SEED=\(seed) round \(round)"
            let before = try await Stores().inventories(of: [place])[0].get()
            if before.presence == .yes, numbers.chance(0.5) {
                try FileManager.default.removeItem(atPath: "\(store)/bundles/\(digest)")
            } else if before.presence == .yes {
                try "x".write(
                    toFile: "\(store)/bundles/\(digest)/slave", atomically: false, encoding: .utf8)
            }
            let present = try await Stores().inventories(of: [place])[0].get().presence
            let push = try install(bundle, into: store, over: present.rawValue, push: round)
            poll([], for: usual * Double(numbers.below(1_200)) / 1_000)
            push.signalGroup(SIGKILL)
            _ = try push.waitForEnd()
            let found = try await Stores().verify([place], marks: false)[0].get()
            let isRemainder = found.faults.contains { $0.bundle == digest }
            // A damaged bundle stays until the moment in which it is replaced.
            #expect(!isRemainder || present == .damaged, "\(told): \(found)")
            let after = try await Stores().inventories(of: [place])[0].get()
            #expect(
                after.sizes.keys.allSatisfy { $0 == digest || $0.hasPrefix(".incoming-") },
                "\(told): \(after.sizes)")
            #expect(after.current["it"] ?? digest == digest, "\(told)")
        }
        let order = PushOrder(
            host: "pi", endpoint: .local, store: store, architecture: .s390x, bundle: bundle,
            current: "it")
        _ = try Push().run(order)
        let found = try await Stores().verify([place])[0].get()
        #expect(found.whole == [digest] && found.faults == [], "MARIONETTE_SEED=\(seed)")
        // A day later the next push, or prune, removes what was left.
        try TestSSHServer.run([
            "sh", "-c", "touch -d '2 days ago' \"$1\"/bundles/.incoming-* 2>/dev/null; :", "sh",
            store,
        ])
        let plan = PrunePlan(
            [try await Stores().inventories(of: [place])[0].get()], areAllKnown: true)
        _ = await Stores().remove([place: plan.removals[0].map(\.name)], from: [place])
        let names = try FileManager.default.contentsOfDirectory(atPath: store + "/bundles")
        #expect(names == [digest], "MARIONETTE_SEED=\(seed)")
    }
}
