import Archives
import Diagnostics
import Foundation
import Synchronization
import TestKit
import Testing
import Transport

@testable import Distribution

/// All hosts go back, or none does, or it is said which differ.
@Suite struct RollbackTests {
    let scratch: Scratch
    let bundles: [(scratch: Scratch, bundle: BundleDescription)]

    init() throws {
        scratch = try Scratch()
        bundles = try (0..<3).map { _ in
            let own = try Scratch()
            return (own, try own.bundle(slave: shellSlave))
        }
    }

    private func place(_ host: String) -> StorePlace {
        StorePlace(
            host: host, target: "t", endpoint: .local, store: "\(scratch.path)/\(host)",
            application: "it")
    }

    private func push(_ index: Int, to hosts: [String]) throws {
        for host in hosts {
            _ = try Push().run(
                PushOrder(
                    host: host, endpoint: .local, store: "\(scratch.path)/\(host)",
                    architecture: .s390x, bundle: bundles[index].bundle, current: "it"))
        }
    }

    /// Numbers of the bundles that are current and previous on each host.
    private func state(_ hosts: [String]) async throws -> [[Int?]] {
        try await Stores().inventories(of: hosts.map(place)).map { result in
            let found = try result.get()
            return [found.current["it"], found.previous["it"]].map { digest in
                bundles.firstIndex { $0.bundle.digest.description == digest }
            }
        }
    }

    private func turns(_ hosts: [String]) async throws -> [Rollback.Turn] {
        let found = try await Stores().inventories(of: hosts.map(place)).map { try $0.get() }
        return try Rollback.plan(hosts.map(place), found)
    }

    @Test func `hosts go back together, and forth again`() async throws {
        let hosts = ["a", "b"]
        try push(0, to: hosts)
        try push(1, to: hosts)
        for expected in [[0, 1], [1, 0]] {
            let turns = try await turns(hosts)
            #expect(await Rollback().run(hosts.map(place), turns) == .done)
            #expect(try await state(hosts) == [expected, expected])
            #expect(
                FileManager.default.fileExists(atPath: "\(scratch.path)/a/current/it/manifest"))
        }
    }

    @Test func `hosts that share a store turn it once`() async throws {
        try push(0, to: ["a"])
        try push(1, to: ["a"])
        var places = ["a", "b", "c"].map(place)
        for index in places.indices { places[index].store = places[0].store }
        let turns = Array(repeating: try await turns(["a"])[0], count: 3)
        #expect(await Rollback().run(places, turns) == .done)
        #expect(try await state(["a"]) == [[0, 1]])
    }

    @Test func `where one host can't, the others are turned back`() async throws {
        let hosts = ["a", "b", "c"]
        try push(0, to: hosts)
        try push(1, to: hosts)
        let turns = try await turns(hosts)
        let rollback = Rollback(connector: FlakyConnector(failing: ["b": [0, 1]]))
        guard case .turnedBack(let failures) = await rollback.run(hosts.map(place), turns) else {
            Issue.record("not turned back")
            return
        }
        #expect(failures == [.transport(.unreachable(host: "b", reason: "it sleeps"))])
        #expect(try await state(hosts) == [[1, 0], [1, 0], [1, 0]])
    }

    @Test func `a host that can't be turned back is told`() async throws {
        let hosts = ["a", "b", "c"]
        try push(0, to: hosts)
        try push(1, to: hosts)
        let turns = try await turns(hosts)
        let rollback = Rollback(connector: FlakyConnector(failing: ["b": [0], "c": [1]]))
        guard case .partial(let stuck, let failures) = await rollback.run(hosts.map(place), turns)
        else {
            Issue.record("not partial")
            return
        }
        #expect(stuck == ["c"] && failures.count == 1)
        #expect(try await state(hosts) == [[1, 0], [1, 0], [0, 1]])
    }

    @Test func `a host that another push reached meanwhile is left as it is`() async throws {
        let hosts = ["a", "b"]
        try push(0, to: hosts)
        try push(1, to: hosts)
        let turns = try await turns(hosts)
        try push(2, to: ["b"])
        guard case .turnedBack(let failures) = await Rollback().run(hosts.map(place), turns) else {
            Issue.record("not turned back")
            return
        }
        let digest = bundles[2].bundle.digest.description
        #expect(failures == [.activatedMeanwhile(host: "b", bundle: digest)])
        #expect(try await state(hosts) == [[1, 0], [2, 1]])
    }

    @Test func `what keeps hosts from going back together is told before anything is done`()
        async throws
    {
        func refusal(_ hosts: [String]) async throws -> String {
            do {
                _ = try await turns(hosts)
                return ""
            } catch let error as RollbackError {
                return error.diagnostic.rendered
            }
        }
        let unchanged = "  note: nothing was changed on any host\n"
        #expect(
            try await refusal(["a"])
                == "error: host 'a' has no current bundle of 'it'\n\(unchanged)"
                + "  help: marionette push")
        try push(0, to: ["a", "b"])
        #expect(
            try await refusal(["a"])
                == "error: host 'a' has no bundle of 'it' before the current one\n\(unchanged)"
                + "  help: leave it out: -x a")
        try push(1, to: ["a", "b"])
        try push(2, to: ["b"])
        #expect(
            try await refusal(["a", "b"]) == """
                error: hosts 'a' and 'b' would go back from or to different bundles
                  note: both have the target t; a push may have reached one of them only
                  note: nothing was changed on any host
                  help: name those that are meant with --hosts; 'marionette status --json' shows \
                what each has
                """)
        let digest = bundles[0].bundle.digest.description
        try FileManager.default.removeItem(atPath: "\(scratch.path)/a/bundles/\(digest)")
        #expect(
            try await refusal(["a"])
                == "error: host 'a': the previous bundle, \(digest.prefix(12)), is gone or damaged\n"
                + "\(unchanged)  help: build those sources again, and push them")
    }

    /// A link is replaced by one rename: nobody ever finds none.
    @Test func `whoever starts a program meanwhile finds one`() async throws {
        try push(0, to: ["a"])
        try push(1, to: ["a"])
        let path = "\(scratch.path)/a/current/it/slave"
        let isOver = Mutex(false)
        async let misses = withCheckedContinuation { continuation in
            let thread = Thread {
                var misses = 0
                while !isOver.withLock({ $0 }) { misses += access(path, X_OK) == 0 ? 0 : 1 }
                continuation.resume(returning: misses)
            }
            thread.start()
        }
        for _ in 0..<6 {
            let turns = try await turns(["a"])
            #expect(await Rollback().run([place("a")], turns) == .done)
        }
        isOver.withLock { $0 = true }
        #expect(await misses == 0)
    }
}

/// This machine, but for the numbered connections of some hosts.
private final class FlakyConnector: HostConnector {
    private let failing: [String: Set<Int>]
    private let counts = Mutex<[String: Int]>([:])

    init(failing: [String: Set<Int>]) { self.failing = failing }

    func connect(
        to endpoint: Endpoint, host: String, cancellation: Cancellation
    ) throws(TransportError) -> any HostConnection {
        let count = counts.withLock { counts in
            defer { counts[host, default: 0] += 1 }
            return counts[host, default: 0]
        }
        guard failing[host]?.contains(count) != true else {
            throw .unreachable(host: host, reason: "it sleeps")
        }
        return try StandardConnector().connect(to: endpoint, host: host)
    }
}
