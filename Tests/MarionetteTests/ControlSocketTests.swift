import Dispatch
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Marionette

/// Whoever misuses the control socket, and a process without descriptors, keep nobody else out.
@Suite(.timeLimit(.minutes(20)), .serialized) struct ControlSocketTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `askers that say nothing, or half of it, keep nobody else out`(seed: UInt64) async throws {
        var random = Seeded(seed)
        let count = Int.random(in: 17...200, using: &random)
        let halves = (0..<count).map { _ in Bool.random(using: &random) }
        // Where the machine was busy for so long that mute ones gave up, it shows nothing: another time.
        for _ in 0..<10 {
            if try await Self.isAnsweredSoon(halves, seed) { return }
        }
        Issue.record("seed \(seed): the mute ones had to give up first")
    }

    /// Whether an answer came before any of the mute askers had to give up.
    private static func isAnsweredSoon(_ halves: [Bool], _ seed: UInt64) async throws -> Bool {
        var isSoon = false
        try await TrialRun.with { run in
            _ = try await run.client.square(1)
            let path = run.directory.path + "/control"
            let start = ContinuousClock.now
            var mute: [Int32] = []
            defer { for descriptor in mute { close(descriptor) } }
            for isHalf in halves {
                let descriptor = SocketAddress.makeSocket()
                mute.append(descriptor)
                let code = SocketAddress.use(path) { connect(descriptor, $0, $1) }
                #expect(code == 0, "seed \(seed): \(String(cString: strerror(errno)))")
                if isHalf { _ = send(descriptor, "{\"li", 4, Int32(MSG_NOSIGNAL)) }
            }
            // Whoever asks too slowly is mute as well, and gets no answer.
            guard let answer = try? run.ask(.list) else { return }
            guard case .hosts(let hosts) = answer else {
                Issue.record("seed \(seed): no hosts")
                return
            }
            #expect(hosts.map(\.name) == ["h1"])
            isSoon = ContinuousClock.now - start < RunLimits.controlPatience
        }
        return isSoon
    }

    @Test func `a run without descriptors accepts again when it has some`() throws {
        let place = try MasterPlace()
        // The master shall have few of them, and its program takes all that are left.
        let master = try place.start(
            ["starve", "1"], prefix: ["sh", "-c", "ulimit -n 256; exec \"$@\"", "sh"])
        defer { master.end() }
        try master.waitForText("starved")
        let directory = place.runDirectory
        let asked = TestAnswer()
        Thread.detachNewThread {
            asked.set(Result { try RunControl.ask(.list, of: directory) })
        }
        // It is in the queue of the socket, and can't be accepted.
        while !Self.isWaiting(place.runDirectory + "/control") { usleep(1000) }
        master.send("x")
        try master.waitForText("fed")
        let answer = try asked.get()
        guard case .hosts = answer else {
            Issue.record("\(answer)")
            return
        }
        master.send("x")
        #expect(try master.waitForEnd() == .exited(0), "\(master.told)")
        #expect(master.output.contains("whole"), "\(master.told)")
    }

    /// Somebody has connected to the socket (state 02 would be connecting, 03 connected).
    private static func isWaiting(_ path: String) -> Bool {
        let table = String(decoding: procFile("/proc/net/unix"), as: UTF8.self)
        return table.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 7 && fields[7] == path[...] && fields[5] != "01"
        }
    }
}

/// What a thread brings.
private final class TestAnswer: Sendable {
    private let value = Mutex<Result<ControlAnswer, any Error>?>(nil)
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ result: Result<ControlAnswer, any Error>) {
        value.withLock { $0 = result }
        isSet.signal()
    }

    func get() throws -> ControlAnswer {
        guard isSet.wait(timeout: .now() + 600) == .success, let result = value.withLock(\.self)
        else { throw TestProcess.Failure(description: "no answer") }
        return try result.get()
    }
}
