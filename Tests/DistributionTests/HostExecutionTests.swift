import Foundation
import Synchronization
import TestKit
import Testing
import Transport

@testable import Distribution

private final class Said: Sendable { let bytes = Mutex<[UInt8]>([]) }
private final class Ended: Sendable { let hosts = Mutex<[String]>([]) }

/// One command on many hosts.
@Suite(.timeLimit(.minutes(10))) struct HostExecutionTests {
    private static func place(_ host: String, _ endpoint: Endpoint = .local, store: String? = nil)
        -> HostExecution.Place
    {
        HostExecution.Place(host: host, endpoint: endpoint, store: store)
    }

    @Test(arguments: seedsOfThisRun(5))
    func `words reach the command as they are, and its end comes back`(seed: UInt64) async throws {
        var random = SeededNumbers(seed)
        let signs = Array(#" '"\$`*?#!&|;<>(){}[]~^%=ä☃-"# + "\n\taZ09")
        let words = (0..<random.within(1...6)).map { _ in
            String((0..<random.below(12)).map { _ in signs.randomElement(using: &random)! })
        }
        let status = Int32(random.within(0...125))
        let script = "printf '<%s>' \"$@\"; echo oops >&2; exit \(status)"
        let execution = HostExecution(["sh", "-c", script, "sh"] + words, application: "it")
        let places = (0..<random.within(1...8)).map { Self.place("h\($0)") }
        let results = await execution.run(on: places)
        #expect(results.count == places.count)
        for result in results {
            let ended = try result.get()
            #expect(ended.outputText == words.map { "<\($0)>" }.joined(), "seed \(seed)")
            #expect(ended.errorText == "oops\n", "seed \(seed)")
            #expect(ended.ending == .exited(status: status), "seed \(seed)")
        }
    }

    @Test func `a command has no input, or what it is given`() async throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for input in [nil, bytes] {
            let execution = HostExecution(["cat"], application: "it", input: input)
            for result in await execution.run(on: [Self.place("a"), Self.place("b")]) {
                #expect(try result.get().output == input ?? [])
            }
        }
    }

    @Test func `pushed programs are found first, unless another user could change them`()
        async throws
    {
        let store = try TemporaryDirectory("store")
        let bin = "\(store.path)/bundles/0a/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: "\(store.path)/current", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(store.path)/current/it", withDestinationPath: "../bundles/0a")
        try "#!/bin/sh\necho pushed\n".write(
            toFile: "\(bin)/true", atomically: true, encoding: .utf8)
        #expect(chmod("\(bin)/true", 0o755) == 0)
        func output(_ application: String) async throws -> String {
            let execution = HostExecution(["true"], application: application)
            let results = await execution.run(on: [Self.place("h", store: store.path)])
            return try results[0].get().outputText
        }
        #expect(try await output("it") == "pushed\n")
        #expect(try await output("other") == "")
        #expect(chmod("\(bin)/true", 0o777) == 0)
        #expect(try await output("it") == "")
        #expect(chmod("\(bin)/true", 0o755) == 0)
        #expect(chmod(bin, 0o777) == 0)
        #expect(try await output("it") == "")
    }

    /// Also what the command started, which hears of no closed channel by itself; none of it minds SIGTERM.
    @Test(arguments: [true, false])
    func `a cancelled command ends on every host, with all that it started`(isRemote: Bool)
        async throws
    {
        let server = isRemote ? try TestSSHServer() : nil
        let endpoint =
            server.map {
                Endpoint.ssh(SSHDestination(host: $0.alias, configuration: $0.configuration))
            } ?? .local
        let script = "trap '' TERM; sleep 4321 & echo $$ $!; wait; wait"
        let execution = HostExecution(["sh", "-c", script], application: "it")
        let said = Said()
        let running = Task {
            await execution.run(
                on: [Self.place("a", endpoint), Self.place("b", endpoint)],
                onPiece: { _, _, bytes in said.bytes.withLock { $0 += bytes } })
        }
        func processes() -> [pid_t] {
            String(decoding: said.bytes.withLock { $0 }, as: UTF8.self)
                .split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
        }
        while processes().count < 4 { try await Task.sleep(for: .milliseconds(10)) }
        running.cancel()
        for result in await running.value {
            guard case .failure(.cancelled) = result else {
                Issue.record("\(result)")
                continue
            }
        }
        while processes().contains(where: { kill($0, 0) == 0 }) {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test func `a host that can't be reached keeps no other from its command`() async throws {
        let nowhere = Endpoint.ssh(SSHDestination(host: "nowhere.invalid"))
        let execution = HostExecution(["echo", "here"], application: "it")
        let ended = Ended()
        let results = await execution.run(
            on: [Self.place("gone", nowhere), Self.place("here")],
            onEnd: { host in ended.hosts.withLock { $0.append(host) } })
        guard case .failure(.transport) = results[0] else {
            Issue.record("\(results[0])")
            return
        }
        #expect(try results[1].get().outputText == "here\n")
        #expect(ended.hosts.withLock { $0.sorted() } == ["gone", "here"])
    }
}
