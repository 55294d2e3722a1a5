import Foundation
import TestKit
import Testing
import Transport

@Suite struct LocalConnectionTests {
    private func connect() throws -> any HostConnection {
        try StandardConnector().connect(to: .local, host: "here")
    }

    /// The first bytes of its output.
    private func firstOutput(of channel: any HostChannel) throws -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
        defer { buffer.deallocate() }
        var received = try channel.receive(.output, into: buffer)
        while received == .wouldBlock {
            poll(channel.pollDescriptors, for: .seconds(5))
            received = try channel.receive(.output, into: buffer)
        }
        guard case .bytes(let count) = received else { return "" }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    @Test func `a script's output, errors and status come back`() throws {
        let result = try connect().run(
            script: "printf '<%s>' \"$@\"; cat; echo wrong >&2; exit 7",
            arguments: ["it's", "", "a\nb"], input: BytesSource("in".utf8))
        #expect(result.outputText == "<it's><><a\nb>in")
        #expect(result.errorText == "wrong\n")
        #expect(result.ending == .exited(status: 7))
    }

    @Test func `a command that a signal ends tells which`() throws {
        let result = try connect().run(script: "kill -SEGV $$")
        #expect(result.ending == .signalled(name: "SEGV"))
    }

    @Test func `32 MB go and come back unchanged`() throws {
        let bytes = try randomBytes(32 << 20)
        var limits = RunLimits()
        limits.outputMax = bytes.count + 1
        let result = try connect().run(["cat"], input: BytesSource(bytes), limits: limits)
        #expect(result.output == bytes)
    }

    @Test func `a program that is not there does not start`() throws {
        let connection = try connect()
        let error = #expect(throws: TransportError.self) {
            try connection.open(["/no/such/program", "an argument"])
        }
        #expect(
            error?.diagnostic.rendered == """
                error: host 'here': '/no/such/program 'an argument'' did not start: \
                no such file or directory
                """)
    }

    @Test func `a channel that has sent all it had is not polled for room`() throws {
        let directory = try TemporaryDirectory("channel")
        // It reads nothing before there was no room for more.
        let channel = try connect().open(
            script: "until [ -e \"$1\" ]; do sleep 0.01; done; cat >/dev/null",
            arguments: ["\(directory.path)/go"])
        defer { channel.close() }
        var rest = [UInt8](repeating: 1, count: 4 << 20)[...]
        var hasWaited = false
        while !rest.isEmpty {
            let count = try rest.withUnsafeBytes { try channel.send($0) }
            rest = rest.dropFirst(count)
            guard !rest.isEmpty else { break }
            #expect(channel.pollDescriptors.contains { $0.wantsWrite })
            hasWaited = true
            try directory.write("", to: "go")
            poll(channel.pollDescriptors, for: .seconds(5))
        }
        #expect(hasWaited)
        #expect(!channel.pollDescriptors.contains { $0.wantsWrite })
    }

    @Test func `a command that does not read its input ends nevertheless`() throws {
        let bytes = [UInt8](repeating: 1, count: 8 << 20)
        let result = try connect().run(script: "exit 3", input: BytesSource(bytes))
        #expect(result.ending == .exited(status: 3))
    }

    @Test func `a channel that is closed leaves no process of its group`() throws {
        // That it is hung up ends it, and not that it takes long.
        let connection = try StandardConnector(hangUpLimit: .seconds(300))
            .connect(to: .local, host: "here")
        let channel = try connection.open(
            script: "trap '' TERM; sleep 1000 & echo $! $$; wait")
        let text = try firstOutput(of: channel)
        let processes = text.split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
        #expect(processes.count == 2)
        channel.close()
        #expect(channel.ending == .signalled(name: "HUP"))
        // Our own child is reaped; whoever reaps the other takes a moment.
        let deadline = Date(timeIntervalSinceNow: 300)
        while processes.contains(where: isRunning), Date() < deadline {
            poll([], for: .milliseconds(1))
        }
        #expect(!processes.contains(where: isRunning))
    }

    /// Neither gone nor waiting to be reaped.
    private func isRunning(_ process: pid_t) -> Bool {
        let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return stat.map { !$0.contains(" Z ") } ?? false
    }

    @Test func `a command that ignores being hung up is killed`() throws {
        let channel = try connect().open(script: "trap '' HUP; echo ready; while :; do :; done")
        #expect(try firstOutput(of: channel) == "ready\n")
        channel.close()
        #expect(channel.ending == .signalled(name: "KILL"))
    }

    @Test(
        arguments: [
            ("plain-word_1.2/x", "plain-word_1.2/x"), ("", "''"), ("it's", "'it'\\''s'"),
            ("a b", "'a b'"), ("$x`y`", "'$x`y`'"), ("~", "'~'"), ("ä", "'ä'"), ("!", "'!'"),
        ])
    func `words are quoted for a POSIX shell`(_ word: String, _ quoted: String) {
        #expect(shellQuoted(word) == quoted)
    }
}
