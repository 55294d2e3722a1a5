import Foundation
import TestKit
import Testing
import Transport

@Suite struct SSHConnectionTests {
    let server: TestSSHServer
    let connector = StandardConnector()

    init() throws { server = try TestSSHServer() }

    private var destination: SSHDestination {
        SSHDestination(host: server.alias, configuration: server.configuration)
    }

    private func connect() throws -> any HostConnection {
        try connector.connect(to: .ssh(destination), host: "pi1")
    }

    @Test func `a script's output, errors and status come back`() throws {
        let connection = try connect()
        defer { connection.close() }
        let result = try connection.run(
            script: "printf '<%s>' \"$@\"; echo wrong >&2; exit 7",
            arguments: ["it's", "", "two words", "$HOME", "a\nb"])
        #expect(result.outputText == "<it's><><two words><$HOME><a\nb>")
        #expect(result.errorText == "wrong\n")
        #expect(result.ending == .exited(status: 7))
    }

    @Test func `a command that a signal ends tells which`() throws {
        let connection = try connect()
        defer { connection.close() }
        let result = try connection.run(script: "kill -TERM $$")
        #expect(result.ending == .signalled(name: "TERM"))
        #expect(result.status == -1)
    }

    @Test func `input reaches the command, and its end too`() throws {
        let connection = try connect()
        defer { connection.close() }
        let result = try connection.run(["wc", "-c"], input: BytesSource(0..<100))
        #expect(result.outputText.trimmingCharacters(in: .whitespaces) == "100\n")
    }

    @Test func `a command that does not read its input ends nevertheless`() throws {
        let connection = try connect()
        defer { connection.close() }
        let bytes = [UInt8](repeating: 1, count: 8 << 20)
        let result = try connection.run(script: "exit 3", input: BytesSource(bytes))
        #expect(result.ending == .exited(status: 3))
    }

    @Test func `32 MB go and come back unchanged`() throws {
        let connection = try connect()
        defer { connection.close() }
        let bytes = try randomBytes(32 << 20)
        var limits = RunLimits()
        limits.outputMax = bytes.count + 1
        let result = try connection.run(["cat"], input: BytesSource(bytes), limits: limits)
        #expect(result.ending == .exited(status: 0))
        #expect(result.output == bytes)
    }

    @Test func `output beyond the limit is dropped, and the command ends as it would`() throws {
        let connection = try connect()
        defer { connection.close() }
        let result = try connection.run(script: "head -c 3000000 /dev/zero; exit 5")
        #expect(result.output.count == 1 << 20)
        #expect(result.ending == .exited(status: 5))
    }

    @Test func `several commands share a connection`() throws {
        let connection = try connect()
        defer { connection.close() }
        let waiting = try connection.open(["cat"])
        let other = try connection.run(script: "head -c 2000000 /dev/zero; echo done >&2")
        #expect(other.errorText == "done\n")
        waiting.closeInput()
        var buffer = [UInt8](repeating: 0, count: 10)
        var received = Received.wouldBlock
        while received == .wouldBlock {
            poll(waiting.pollDescriptors, for: .seconds(5))
            received = try buffer.withUnsafeMutableBytes { try waiting.receive(.output, into: $0) }
        }
        #expect(received == .ended)
    }

    @Test func `a program that is not there is the shell's status 127`() throws {
        let connection = try connect()
        defer { connection.close() }
        #expect(try connection.run(["/no/such/program"]).status == 127)
    }

    @Test func `a connection that dies in the middle is told as lost`() throws {
        let connection = try connect()
        defer { connection.close() }
        let channel = try connection.open(["cat"])
        server.endSessions()
        let error = #expect(throws: TransportError.self) {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
            defer { buffer.deallocate() }
            while try channel.receive(.output, into: buffer) == .wouldBlock {
                poll(channel.pollDescriptors, for: .seconds(5))
            }
        }
        guard case .lost(host: "pi1", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `silence beyond the limit is an error`() throws {
        let connection = try connect()
        defer { connection.close() }
        var limits = RunLimits()
        limits.silenceMax = .milliseconds(200)
        #expect(throws: TransportError.silent(host: "pi1", seconds: 1)) {
            try connection.run(script: "exec sleep 100", input: SilentSource(), limits: limits)
        }
    }

    @Test func `after it was closed here, a connection is lost and its channels too`() throws {
        let connection = try connect()
        let channel = try connection.open(["cat"])
        connection.close()
        let lost = TransportError.lost(host: "pi1", reason: "it was closed here")
        #expect(throws: lost) {
            try channel.receive(.output, into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
        }
        #expect(throws: TransportError.self) { try connection.open(["true"]) }
        channel.close()
    }
}

/// Bytes that no compression and no repetition can make look right.
func randomBytes(_ count: Int) throws -> [UInt8] {
    let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
    return [UInt8](try source.read(upToCount: count) ?? Data())
}

/// Never ends.
private final class SilentSource: ByteSource {
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // A full buffer that nobody reads fills the window; then neither side sends.
        buffer.count
    }
}
