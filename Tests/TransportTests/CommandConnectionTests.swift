import Foundation
import TestKit
import Testing

@testable import Transport

/// Hosts that are reached by a command of the user's.
@Suite struct CommandConnectionTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory("command") }

    private func connect(
        _ words: [String], limit: Duration = .seconds(60), cancellation: Cancellation = .never
    ) throws -> any HostConnection {
        try StandardConnector(timeLimit: limit, hangUpLimit: .milliseconds(200)).connect(
            to: .command(ShellCommand(words: words, directory: directory.path)), host: "pi1",
            cancellation: cancellation)
    }

    /// Makes a program of these lines; it is executed as `./reach`.
    private func program(_ text: String) throws -> [String] {
        try directory.write("#!/bin/sh\n\(text)\n", to: "reach")
        return ["sh", "./reach", directory.path]
    }

    /// Processes of the program, which has the directory among its arguments.
    private var processes: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
            return line.range(of: Data(directory.path.utf8)) != nil
        }
    }

    private func expectNoneLeft() {
        let deadline = ContinuousClock.now + .seconds(60)
        while !processes.isEmpty, ContinuousClock.now < deadline { usleep(2_000) }
        #expect(processes.isEmpty)
    }

    /// What executes words, what hands them to a shell of its own, and what prints beside them.
    private static let ways = [
        ["env"], ["sh", "-c", "exec \"$@\"", "sh"], ["sh", "-c", "eval \"$*\"", "sh"],
        ["sh", "-c", "echo Welcome; echo careful >&2; exec \"$@\"", "sh"],
        ["sh", "-c", "dash", "sh"], ["sh", "-c", "exec bash -s", "sh"],
    ]

    @Test(arguments: ways)
    func `words, input, both outputs and the status come through`(_ way: [String]) throws {
        let seed = seedsOfThisRun(1)[0]
        var numbers = SeededNumbers(seed)
        let pieces = ["\n", "!", "\\", "'", "\"", "$HOME", "`x`", " ", "%d", "é", "}", ";", "a"]
        let connection = try connect(way)
        defer { connection.close() }
        for _ in 0..<3 {
            let words = (0..<3).map { _ in
                (0..<numbers.below(8)).map { _ in pieces[numbers.below(pieces.count)] }.joined()
                    + "."
            }
            let input = try randomBytes(numbers.below(300_000))
            let script = "printf '%s|' \"$@\" >&2; cat; exit 7"
            let result = try connection.run(
                script: script, arguments: words, input: BytesSource(input))
            #expect(result.output == input, "seed \(seed)")
            #expect(result.errorText == words.map { $0 + "|" }.joined(), "seed \(seed)")
            #expect(result.ending == .exited(status: 7), "seed \(seed)")
        }
    }

    @Test func `what the command wrote beside the shell can be asked for`() throws {
        let connection = try connect(Self.ways[3])
        let channel = try connection.open(["true"])
        defer { channel.close() }
        _ = try connection.result(of: channel)
        #expect(channel.prelude == ChannelPrelude(output: ["Welcome"], errors: ["careful"]))
    }

    @Test func `the ssh client carries several channels over one connection`() throws {
        let server = try TestSSHServer()
        let socket = "\(directory.path)/%C"
        let client = ["ssh", "-F", server.configuration, "-o", "ControlPath=\(socket)"]
        let connection = try connect(
            client + ["-o", "ControlMaster=auto", "-o", "ControlPersist=yes", server.alias])
        let inputs = try (0..<5).map { try randomBytes(1 << (4 * $0)) }
        for input in inputs {
            #expect(try connection.run(["cat"], input: BytesSource(input)).output == input)
        }
        let channels = try inputs.map { _ in try connection.open(["cat"]) }
        for channel in channels { channel.closeInput() }
        for channel in channels {
            #expect(try connection.result(of: channel).ending == .exited(status: 0))
            channel.close()
        }
        let log = try String(contentsOfFile: server.log, encoding: .utf8)
        #expect(log.ranges(of: "Accepted publickey").count <= 1, "\(log)")
        try TestSSHServer.run(client + ["-O", "exit", server.alias])
    }

    /// Why namespaces can't be made here; nil: they can.
    private static let refusal: String? = {
        let result = try? TestProcess.run(["unshare", "--user", "--uts", "-r", "true"])
        return result?.status == 0 ? nil : "namespaces can't be made here"
    }()

    @Test(.enabled(if: refusal == nil))
    func `a namespace is entered`() throws {
        let file = "\(directory.path)/process"
        let script = "hostname pi1; echo $$ >\"$1\".new; mv \"$1\".new \"$1\"; read line"
        let here = try StandardConnector().connect(to: .local, host: "here")
        let channel = try here.open(
            ["unshare", "--user", "--uts", "-r", "sh", "-c", script, "sh", file])
        defer { channel.close() }
        while !FileManager.default.fileExists(atPath: file) { usleep(1_000) }
        let process = try String(contentsOfFile: file, encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let connection = try connect(
            ["nsenter", "-t", process, "-U", "-u", "--preserve-credentials"])
        #expect(try connection.run(["hostname"]).outputText == "pi1\n")
    }

    /// What it does, and how the error goes on, up to the word that the command ends with.
    private static let failures: [(String, String)] = [
        ("exit 3", "ended with exit code 3 before it gave a shell, without a word"),
        (
            "echo 'no such container' >&2; exit 125",
            "ended with exit code 125 before it gave a shell"
                + ": no such container"
        ),
        ("kill -KILL $$", "was killed by SIGKILL before it gave a shell, without a word"),
        ("exec true", "ended before it gave a shell, without a word"),
        ("yes", "printed more than 64 KiB before it gave a shell"),
        ("head -c 1000 /dev/urandom | tr -d '\\n'; sleep 1000", "gave no shell in 1 s"),
        ("exec >&-; sleep 1000", "closed its output before it gave a shell, without a word"),
        ("sleep 1000", "gave no shell in 1 s"),
        ("yes >&2", "gave no shell in 1 s: y"),
        ("kill -STOP $$", "gave no shell in 1 s"),
        ("trap '' HUP TERM INT; while :; do sleep 1000; done", "gave no shell in 1 s"),
        ("(trap '' HUP TERM; sleep 1000) & sleep 1000", "gave no shell in 1 s"),
        ("exec <&-; sleep 1000", "gave no shell in 1 s"),
    ]

    @Test(arguments: failures)
    func `a command that gives no shell is told of in time, and none of it is left`(
        _ text: String, _ told: String
    ) throws {
        let connection = try connect(try program(text), limit: .seconds(1))
        let began = ContinuousClock.now
        let error = #expect(throws: TransportError.self) { try connection.run(["true"]) }
        #expect(ContinuousClock.now - began < .seconds(30))
        let command = "sh ./reach \(directory.path) /bin/sh"
        let summary = error?.diagnostic.summary ?? ""
        #expect(summary.hasPrefix("host 'pi1': '\(command)' \(told)"), "\(summary)")
        #expect(error?.diagnostic.remedy == "try it by hand: \(command)")
        #expect(error?.isPermanent == false)
        #expect(error?.exitCode == .unreachable)
        expectNoneLeft()
    }

    @Test func `a program that is not there is named`() throws {
        let error = #expect(throws: TransportError.self) {
            try connect(["./no-such", "x"]).open(["true"])
        }
        #expect(
            error?.diagnostic.rendered == """
                error: host 'pi1': './no-such x /bin/sh' ended with exit code 127 before it gave a \
                shell: sh: 1: exec: ./no-such: not found
                  help: try it by hand: ./no-such x /bin/sh
                """)
    }

    @Test func `a command that asks for a terminal is refused in words`() throws {
        try #require(FileManager.default.isExecutableFile(atPath: "/usr/bin/script"))
        let error = #expect(throws: TransportError.self) {
            try connect(["script", "-qe", "/dev/null", "-c"]).open(["true"])
        }
        #expect(error?.diagnostic.rendered.contains("leave out what asks for one") == true)
    }

    @Test func `one that is waited for is given up at once`() throws {
        let cancellation = Cancellation()
        let connection = try connect(
            try program("sleep 1000"), limit: .seconds(500), cancellation: cancellation)
        Thread.detachNewThread {
            usleep(100_000)
            cancellation.cancel()
        }
        #expect(throws: TransportError.cancelled(host: "pi1")) { try connection.open(["true"]) }
        expectNoneLeft()
    }

    @Test func `what is cut off in the middle leaves nothing`() throws {
        let connection = try connect(try program("exec \"$2\""))
        let script = "trap '' HUP TERM; echo ready; sleep 1000"
        let channel = try connection.open(["sh", "-c", script, directory.path])
        var bytes = [UInt8](repeating: 0, count: 6)
        while try bytes.withUnsafeMutableBytes({ try channel.receive(.output, into: $0) })
            == .wouldBlock
        {
            poll(channel.pollDescriptors, for: .seconds(1))
        }
        #expect(!processes.isEmpty)
        connection.close()
        expectNoneLeft()
        #expect(channel.ending == .signalled(name: "KILL"))
    }
}
