import Foundation
import TestKit
import Testing

@testable import Debugging
@testable import SlaveBuild

@Suite struct DebuggerInvocationTests {
    private static func invocation(
        _ scene: DebuggerInvocation.Scene = .anywhere, sources: [SourceMapping] = []
    ) -> DebuggerInvocation {
        DebuggerInvocation(
            debugger: "gdb", symbols: "/p/a b.elf", sources: sources,
            way: .bridge(command: ["/bin/mari onette", "debug-bridge", "--host", "it's"]),
            scene: scene, arguments: ["--batch"])
    }

    @Test func `an operation is waited for at its first line, a crash is shown where it happened`()
    {
        let symbols = ["gdb", "-q", "/p/a b.elf", "-ex", "set sysroot /nonexistent"]
        let bridge = "target remote | '/bin/mari onette' debug-bridge --host 'it'\\''s'"
        let quiet = "pipe handle SIGSTOP nostop noprint nopass | cat > /dev/null"
        let common = symbols + ["-ex", "set pagination off", "-ex", bridge, "-ex", quiet]
        #expect(Self.invocation().command == common + ["--batch"])
        #expect(
            Self.invocation(.operation(function: "app_render")).command
                == common + ["-ex", "tbreak app_render", "-ex", "continue", "--batch"])
        #expect(
            Self.invocation(.crash).command
                == common + ["-ex", "frame function mrn_crash_handle", "-ex", "up 2", "--batch"])
        #expect(Self.invocation(.operation(function: nil)).command == common + ["--batch"])
    }

    /// gdb itself says what it understood.
    @Test(arguments: seedsOfThisRun(5))
    func `sources are found below a directory of any name`(_ seed: UInt64) throws {
        var random = SeededNumbers(seed)
        let signs = Array(#" '"%\\$#ä☃é;|&*?[](){}<>!~`,:=+@-_.aZ09"#)
        let sources = (0..<8).map { _ in
            let name = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                signs[Int.random(in: signs.indices, using: &random)]
            }
            return SourceMapping(
                directory: "/p/\(String(name))/q", name: "/marionette/\(String(name.reversed()))/m")
        }
        let command = Self.invocation(sources: sources).command
        let said = command.filter { $0.hasPrefix("set substitute-path") }
        #expect(said.count == sources.count)
        let gdb = try TestProcess(
            ["gdb", "-nx", "-q", "--batch"] + said.flatMap { ["-ex", $0] }
                + ["-ex", "show substitute-path"])
        try gdb.waitForEnd()
        for source in sources {
            #expect(gdb.output.contains("`\(source.name)' -> `\(source.directory)'"), "\(gdb.told)")
        }
    }

    private static func commands(_ way: DebuggerInvocation.Way) -> [String] {
        let command = DebuggerInvocation(
            debugger: "gdb", symbols: "a b.elf", sources: [], way: way, arguments: ["-ex", "bt"]
        ).command
        #expect(command.prefix(3) == ["gdb", "-q", "a b.elf"])
        #expect(command.suffix(2) == ["-ex", "bt"])
        let words = command.dropFirst(3).dropLast(2)
        return words.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element)
    }

    @Test func `a program that gdb starts reads its file, and stops at the operation`() {
        let way = DebuggerInvocation.Way.start(
            program: ["/p q/slave", "--serve", "it's"], input: "/proc/7/fd/4",
            function: "app_render")
        #expect(
            Self.commands(way).dropFirst(2) == [
                "exec-file '/p q/slave'",
                "set args --serve 'it'\\''s' < /proc/7/fd/4 > /dev/null", "tbreak app_render",
                "run",
            ])
    }

    @Test func `a program under an emulator waits until the breakpoint is set`() {
        let way = DebuggerInvocation.Way.stub(
            command: ["/m", "replay-stub", "--", "qemu", "/p q/slave"], function: "app_render")
        #expect(
            Self.commands(way).dropFirst(2) == [
                "target remote | /m replay-stub -- qemu '/p q/slave'", "tbreak app_render",
                "continue",
            ])
    }

    @Test func `an emulator that can't be started is told, and leaves no socket`() throws {
        let directory = try TemporaryDirectory("stub")
        let input = try directory.write("", to: "input")
        let error = #expect(throws: DebuggingError.self) {
            try EmulatorStub(command: ["no-such-emulator", "slave"], input: input).carry()
        }
        guard case .stubFailed("no-such-emulator", let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let socket = try #require(reason.split(separator: "'").dropFirst().first)
        #expect(!FileManager.default.fileExists(atPath: String(socket.dropLast(4))))
        #expect(throws: DebuggingError.stubFailed(emulator: "q", reason: "'/none' can't be read")) {
            try EmulatorStub(command: ["q"], input: "/none").carry()
        }
    }
}
