import Foundation
import TestKit
import Testing

@testable import Transport

/// A login file that prints costs nothing, and one that ends the shell is told of.
@Suite struct LoginFileTests {
    private let server: TestSSHServer

    init() throws { server = try TestSSHServer() }

    private func connect(after file: String) throws -> any HostConnection {
        try file.write(
            toFile: server.directory + "/.bashrc", atomically: true, encoding: .utf8)
        let destination = SSHDestination(
            host: server.alias, configuration: server.configuration)
        return try StandardConnector().connect(to: .ssh(destination), host: "pi1")
    }

    @Test(arguments: [
        "echo Welcome", "printf Welcome", "printf 'Welcome\\nmarionette-'",
        "head -c 65000 /dev/zero", "echo Welcome; echo careful >&2", "set -x; echo Welcome",
        "echo Welcome >&2",
    ])
    func `what a login file prints is no word of the command's`(_ file: String) throws {
        let connection = try connect(after: file)
        defer { connection.close() }
        for words in [["cat"], ["sh", "-c", "cat\n"]] {
            let result = try connection.run(words, input: BytesSource("in\n".utf8))
            #expect(result.outputText == "in\n")
            #expect(result.errorText == "")
        }
    }

    @Test func `what it printed can be asked for`() throws {
        let connection = try connect(after: "echo; echo 'Welcome \u{1b}[2J'; echo careful >&2")
        defer { connection.close() }
        let channel = try connection.open(["echo", "done"])
        defer { channel.close() }
        _ = try connection.result(of: channel)
        #expect(
            channel.prelude
                == ChannelPrelude(output: ["Welcome ?[2J"], errors: ["careful"]))
    }

    @Test(arguments: [
        (
            "echo Hello; echo 'This account is not available'; exit 1",
            """
            error: host 'pi1': its login shell ended before it started anything: \
            This account is not available
              note: it said: Hello
              help: a login file there, such as ~/.bashrc, should do so in interactive shells alone
            """
        ),
        (
            "exit 0",
            """
            error: host 'pi1': its login shell ended before it started anything, without a word
              help: a login file there, such as ~/.bashrc, should do so in interactive shells alone
            """
        ),
        (
            "yes Welcome | head -c 100000",
            """
            error: host 'pi1': its login shell printed more than 64 KiB before it started anything
              note: it begins with: Welcome
              help: a login file there, such as ~/.bashrc, should do so in interactive shells alone
            """
        ),
    ])
    func `one that keeps the command away is told of`(_ file: String, _ text: String) throws {
        let connection = try connect(after: file)
        defer { connection.close() }
        let error = #expect(throws: TransportError.self) { try connection.run(["true"]) }
        #expect(error?.diagnostic.rendered == text)
        #expect(error?.isPermanent == true)
    }

    @Test(arguments: seedsOfThisRun(200))
    func `a mark is found wherever it is cut`(_ seed: UInt64) {
        var numbers = SeededNumbers(seed)
        let mark = StartMark().line
        let parts: [[UInt8]] = [
            mark.dropLast(), Array(mark.dropFirst()), Array(mark.prefix(3)), [13],
            Array("Hi ".utf8),
        ]
        let text = (0..<numbers.below(20)).flatMap { _ in parts[numbers.below(parts.count)] }
        let behind = (0..<numbers.below(100)).map { UInt8(truncatingIfNeeded: $0) }
        var rest = (text + mark + behind)[...]
        var prelude = Prelude(until: mark)
        while !prelude.isOver {
            let piece = rest.prefix(1 + numbers.below(40))
            prelude.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        let last = Array(prelude.rest) + rest
        #expect(prelude.text == text, "seed \(seed)")
        #expect(last == behind, "seed \(seed)")
    }
}
