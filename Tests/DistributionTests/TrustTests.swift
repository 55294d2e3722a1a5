import Diagnostics
import Distribution
import Foundation
import TestKit
import Testing
import Transport

/// What another user put into a store, or could, is not executed.
@Suite(.enabled(if: getuid() == 0, "giving files to another user needs root"))
struct TrustTests {
    private let scratch: Scratch
    private let store: String
    private let order: PushOrder

    init() throws {
        scratch = try Scratch()
        store = scratch.path + "/store"
        order = PushOrder(
            host: "pi1", endpoint: .local, store: store, architecture: .s390x,
            bundle: try scratch.bundle(slave: shellSlave))
    }

    private var bundle: String { "\(store)/bundles/\(order.bundle.digest)" }

    private func refusal() -> DistributionError? {
        #expect(throws: DistributionError.self) { try Push().run(order) }
    }

    private func shell(_ script: String) throws {
        try TestSSHServer.run(["sh", "-ec", script, "sh", store, bundle])
    }

    @Test func `a bundle that another user planted is refused`() throws {
        try shell("mkdir -p -m 1777 $1; mkdir -p $2; echo x >$2/slave; echo y >$2/manifest")
        try shell("chmod 1777 $1/bundles; chown -R 4711 $2; chmod 755 $2/slave")
        let error = refusal()
        #expect(
            error == .storeUntrusted(host: "pi1", path: bundle, owner: 4711, isBundle: true))
        #expect(error?.diagnostic.remedy?.hasPrefix("remove it there: rm -rf \(bundle);") == true)
    }

    @Test(arguments: ["slave", "manifest", "asset"])
    func `a single file of another user is refused`(file: String) throws {
        _ = try Push().run(order)
        try shell("chown 4711 $2/\(file)")
        #expect(
            refusal() == .storeUntrusted(host: "pi1", path: bundle, owner: 4711, isBundle: true))
        try shell("chown 0 $2/\(file); chmod 666 $2/\(file)")
        #expect(
            refusal() == .storeUntrusted(host: "pi1", path: bundle, owner: nil, isBundle: true))
    }

    @Test func `directories above that others own or may write to are refused`() throws {
        for place in [scratch.path, store, store + "/bundles"] {
            try shell("mkdir -p $1/bundles; chown 4711 \(place)")
            #expect(
                refusal() == .storeUntrusted(host: "pi1", path: place, owner: 4711, isBundle: false)
            )
            try shell("chown 0 \(place); chmod 777 \(place)")
            #expect(
                refusal() == .storeUntrusted(host: "pi1", path: place, owner: nil, isBundle: false))
            try shell("chmod 1777 \(place)")
            _ = try Push().run(order)
            try shell("chmod 755 \(place); rm -rf $1")
        }
    }

    @Test func `a link on the way is replaced by what it leads to, which is examined`() throws {
        let elsewhere = scratch.path + "/elsewhere"
        try shell("mkdir -m 755 \(elsewhere); ln -s \(elsewhere) $1")
        let outcome = try Push().run(order)
        #expect(outcome.slave == "\(elsewhere)/bundles/\(order.bundle.digest)/slave")
        try shell("chown 4711 \(elsewhere)")
        #expect(
            refusal() == .storeUntrusted(host: "pi1", path: elsewhere, owner: 4711, isBundle: false)
        )
    }

    @Test(arguments: ["echo >>$2/slave", "echo >>$2/manifest", "rm $2/asset", "rm $2/manifest"])
    func `a damaged bundle is replaced`(damage: String) throws {
        let first = try Push().run(order)
        #expect(try Push().run(order).result == .alreadyThere)
        try shell(damage)
        guard case .pushed = try Push().run(order).result else {
            Issue.record("it was taken for whole")
            return
        }
        #expect(
            try Push().run(order)
                == PushOutcome(result: .alreadyThere, slave: first.slave, token: first.token))
        let names = try FileManager.default.contentsOfDirectory(atPath: store + "/bundles")
        #expect(names == [order.bundle.digest.description])
    }

    @Test func `a file system that executes nothing is told`() throws {
        try shell("mkdir $1; mount -t tmpfs -o noexec tmpfs $1")
        defer { _ = try? shell("umount $1") }
        // What this machine can't tell from the declared target is told of the file system alone.
        var order = order
        order.architecture = TargetArchitecture(
            target: "native", machines: [], isBigEndian: false, wordBits: 64)
        let error = #expect(throws: DistributionError.self) { try Push().run(order) }
        #expect(error == .storeNotExecutable(host: "pi1", store: store))
    }
}
