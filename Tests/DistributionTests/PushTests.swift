import Archives
import Diagnostics
import Distribution
import Foundation
import Synchronization
import TestKit
import Testing
import Transport

@Suite struct PushTests {
    let server: TestSSHServer
    let scratch: Scratch
    let push = Push()

    init() throws {
        server = try TestSSHServer()
        scratch = try Scratch()
    }

    private var store: String { server.directory + "/.cache/marionette" }

    private func order(_ bundle: BundleDescription, store: String? = nil) -> PushOrder {
        let destination = SSHDestination(
            host: server.alias, configuration: server.configuration)
        return PushOrder(
            host: "pi1", endpoint: .ssh(destination), store: store, architecture: .s390x,
            bundle: bundle)
    }

    /// What is in the store, temporaries too.
    private func names(_ store: String? = nil) -> [String] {
        let path = (store ?? self.store) + "/bundles"
        return (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
    }

    /// Waits until the host has cleaned up after a connection that broke.
    private func namesWhenSettled() -> [String] {
        let deadline = Date(timeIntervalSinceNow: 300)
        while names().contains(where: { $0.hasPrefix(".incoming-") }), Date() < deadline {
            poll([], for: .milliseconds(5))
        }
        return names()
    }

    @Test func `the first push brings the bundle, the second finds it`() throws {
        let bundle = try scratch.bundle(slave: shellSlave, assetSize: 3 << 20)
        let sent = Mutex(0)
        let first = try push.run(order(bundle)) { bytes in sent.withLock { $0 = bytes } }
        guard case .pushed(let bytes, let seconds) = first.result else {
            Issue.record("\(first)")
            return
        }
        #expect(bytes == bundle.size)
        #expect(seconds > 0)
        #expect(sent.withLock { $0 } == bundle.size)
        #expect(first.slave == "\(store)/bundles/\(bundle.digest)/slave")
        #expect(FileManager.default.isExecutableFile(atPath: first.slave))
        #expect(names() == [bundle.digest.description])
        let second = try push.run(order(bundle)) { _ in Issue.record("bytes were sent") }
        #expect(
            second == PushOutcome(result: .alreadyThere, slave: first.slave, token: first.token))
    }

    @Test func `a store of one's own may begin at the home directory`() throws {
        let bundle = try scratch.bundle(slave: shellSlave)
        let outcome = try push.run(order(bundle, store: "~/else where/it's"))
        let store = server.directory + "/else where/it's"
        #expect(outcome.slave == "\(store)/bundles/\(bundle.digest)/slave")
        #expect(names(store) == [bundle.digest.description])
    }

    @Test func `this machine's store is served without SSH`() throws {
        let bundle = try scratch.bundle(slave: shellSlave)
        var local = order(bundle, store: scratch.path + "/store")
        local.endpoint = .local
        #expect(try push.run(local).slave.hasSuffix("\(bundle.digest)/slave"))
        #expect(names(scratch.path + "/store") == [bundle.digest.description])
    }

    @Test func `an emulator stands before the slave`() throws {
        let bundle = try scratch.bundle(slave: "no program at all")
        let emulator = scratch.path + "/emulator"
        try "#!/bin/sh\nshift; shift; mv -T \"$1\" \"$2\"".write(
            toFile: emulator, atomically: true, encoding: .utf8)
        var order = order(bundle)
        order.emulator = ["sh", emulator]
        _ = try push.run(order)
        #expect(names() == [bundle.digest.description])
    }

    @Test func `an archive that was tampered with is refused there`() throws {
        let good = try scratch.bundle(slave: shellSlave)
        let script = """
            cd "$1" && mkdir x && cd x && tar -xzf ../bundle.tar.gz && echo bad >asset &&
            tar -czf ../bundle.tar.gz manifest asset slave
            """
        try TestSSHServer.run(["sh", "-c", script, "sh", scratch.path])
        #expect(
            throws: DistributionError.verificationFailed(
                host: "pi1", reason: "a file is not as the manifest lists it")
        ) { try push.run(order(good)) }
        #expect(names() == [])
    }

    @Test func `an archive that is cut off is refused there`() throws {
        let bundle = try scratch.bundle(slave: shellSlave, assetSize: 1 << 20)
        try FileHandle(forWritingTo: URL(fileURLWithPath: bundle.path))
            .truncate(atOffset: UInt64(bundle.size - 4))
        let error = #expect(throws: DistributionError.self) { try push.run(order(bundle)) }
        guard case .unpackFailed(host: "pi1", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(names() == [])
    }

    @Test func `a store that can't be made is told`() throws {
        let bundle = try scratch.bundle(slave: shellSlave)
        let error = #expect(throws: DistributionError.self) {
            try push.run(order(bundle, store: server.log + "/store"))
        }
        guard case .storeNotWritable(host: "pi1", store: server.log + "/store", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(.enabled(if: getuid() == 0, "mounting a small file system needs root"))
    func `a store without room is told with figures`() throws {
        let bundle = try scratch.bundle(slave: shellSlave, assetSize: 2 << 20)
        let small = scratch.path + "/small"
        try FileManager.default.createDirectory(
            atPath: small, withIntermediateDirectories: true)
        try TestSSHServer.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small])
        defer { _ = try? TestSSHServer.run(["umount", small]) }
        let error = #expect(throws: DistributionError.self) {
            try push.run(order(bundle, store: small))
        }
        guard
            case .storeFull(host: "pi1", store: small, needed: bundle.size, let available) = error
        else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(available.map { $0 < 1 << 20 } ?? true)
        #expect(names(small) == [])
    }

    @Test func `a slave of another architecture is told by what the host is`() throws {
        let bundle = try scratch.bundle(slave: "\u{7f}ELF\u{2}\u{2}\u{1}\0\0\0\0\0")
        var names = utsname()
        uname(&names)
        let machine = withUnsafeBytes(of: names.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let error = #expect(throws: DistributionError.self) { try push.run(order(bundle)) }
        #expect(error?.exitCode == .configuration)
        #expect(
            error?.diagnostic.summary
                == "host 'pi1': declared target s390x-linux-musl is not the host's: "
                + "uname -m says \(machine)")
        #expect(self.names() == [])
    }

    @Test func `a push whose connection breaks leaves nothing there`() throws {
        let bundle = try scratch.bundle(slave: shellSlave, assetSize: 24 << 20)
        let server = server
        let isBroken = Mutex(false)
        let error = #expect(throws: DistributionError.self) {
            try push.run(order(bundle)) { bytes in
                let breaksNow = isBroken.withLock { broken in
                    defer { broken = broken || bytes > 8 << 20 }
                    return !broken && bytes > 8 << 20
                }
                if breaksNow { server.endSessions() }
            }
        }
        guard case .transport(.lost(host: "pi1", _)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(namesWhenSettled() == [])
        _ = try push.run(order(bundle))
        #expect(names() == [bundle.digest.description])
    }

    @Test func `a push that is cancelled ends at once, and leaves nothing there`() async throws {
        let bundle = try scratch.bundle(slave: shellSlave, assetSize: 24 << 20)
        let order = order(bundle)
        let push = push
        let (begun, isBegun) = AsyncStream.makeStream(of: Int.self)
        let isCancelled = DispatchSemaphore(value: 0)
        let task = Task {
            await push.all([order]) { _, bytes in
                guard bytes > 4 << 20 else { return }
                // The push waits here for the cancellation, or a fast one would be over before it.
                isBegun.yield(bytes)
                isCancelled.wait()
                isCancelled.signal()
            }
        }
        for await _ in begun { break }
        task.cancel()
        isCancelled.signal()
        #expect(await task.value == [.failure(.cancelled(host: "pi1"))])
        #expect(namesWhenSettled() == [])
    }

    @Test func `several pushers at once leave one bundle and no error`() async throws {
        let bundle = try scratch.bundle(slave: shellSlave, assetSize: 4 << 20)
        // Of several machines: none of them waits for another.
        let (push, order) = (push, order(bundle))
        let results = await concurrently(Array(0..<6), width: 6) { _ in
            Result { () throws(DistributionError) in try push.run(order) }
        }
        for result in results {
            #expect(try #require(result).get().slave == "\(store)/bundles/\(bundle.digest)/slave")
        }
        #expect(names() == [bundle.digest.description])
    }

    @Test func `one host that fails holds no other up`() async throws {
        let bundle = try scratch.bundle(slave: shellSlave)
        var bad = order(bundle)
        bad.host = "pi2"
        bad.endpoint = .ssh(SSHDestination(host: "no-such-host.invalid"))
        let results = await push.all([order(bundle), bad, order(bundle)])
        #expect(try results[0].get().slave == results[2].get().slave)
        #expect(throws: DistributionError.self) { try results[1].get() }
    }
}
