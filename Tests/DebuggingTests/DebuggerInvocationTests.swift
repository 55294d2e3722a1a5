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
}
