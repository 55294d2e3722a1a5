import BuildGraph
import Foundation
import SlaveBuild
import Testing

@testable import Console
@testable import MarionetteCommand

/// What a build shows off a terminal.
@Suite final class BuildDisplayTests {
    let path: String
    let descriptor: Int32
    var board: StatusBoard
    let remarks = BuildRemarks(directory: "/project")
    var display: BuildDisplay

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appending(path: "marionette-display-\(UUID().uuidString)").path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        board = StatusBoard(descriptor: descriptor, isTerminal: false, columns: 80)
        display = BuildDisplay(board: board, remarks: remarks, explained: "/project")
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    private func step(_ name: String, isDelegated: Bool = false, isSlow: Bool = false) -> Step {
        let arguments = ["zig", "cc", "a b.c", "-DX='1'"]
        return Step(
            name: name, group: isDelegated ? "master" : "s390x", inputs: [], outputs: ["/o"],
            action: .command(Step.Command(arguments: arguments)), isDelegated: isDelegated,
            isSlow: isSlow)
    }

    /// A live line that changes is shown after five seconds: where the machine took so long for what is
    /// done here, all of it is done again.
    private func inNoTime(_ body: () -> Void) {
        var start = Terminal.now
        repeat {
            start = Terminal.now
            ftruncate(descriptor, 0)
            lseek(descriptor, 0, SEEK_SET)
            board = StatusBoard(descriptor: descriptor, isTerminal: false, columns: 80)
            display = BuildDisplay(board: board, remarks: remarks)
            body()
        } while Terminal.now - start >= PlainLayout.interval
    }

    private var shown: String { get throws { try String(contentsOfFile: path, encoding: .utf8) } }

    @Test func `what failed is shown with its diagnostics, and without its command`() throws {
        let step = step("compile a b.c")
        display.show(.planned(steps: ["s390x": 1], names: ["compile a b.c": 1]))
        display.show(.started(step, .inputChanged(path: "/project/a b.c")))
        display.show(
            .finished(
                step, .failed(output: "/project/a b.c:1:2: error: no\n^\n", status: "exit code 1")))
        display.abandon()
        #expect(
            try shown == """
                s390x: compile a b.c: input 'a b.c' changed
                a b.c:1:2: error: no
                ^

                """)
    }

    @Test func `-v shows each command where it starts`() throws {
        display = BuildDisplay(board: board, remarks: remarks, showsCommands: true)
        display.show(.planned(steps: ["s390x": 1], names: ["compile a b.c": 1]))
        display.show(.started(step("compile a b.c"), .neverBuilt))
        let quote = "'\\''"
        #expect(
            try shown.hasPrefix(
                """
                s390x: compile a b.c
                  zig cc 'a b.c' '-DX=\(quote)1\(quote)'

                """))
    }

    @Test func `a build that waits for another one says for which`() throws {
        display.show(.waiting(for: LockHolder(process: 4711, command: "marionette run")))
        display.show(.waiting(for: LockHolder()))
        #expect(
            try shown == """
                another build is at work in this directory (process 4711, 'marionette run'): \
                waiting until it ends
                another build is at work in this directory: waiting until it ends

                """)
    }

    @Test func `what takes minutes is told soon, though nothing else happens meanwhile`() throws {
        let preparing = step("preparing the C++ library for s390x (first use)", isSlow: true)
        inNoTime {
            display.show(.planned(steps: ["s390x": 2]))
            display.show(.started(preparing, .neverBuilt))
        }
        #expect(try shown == "")
        board.refresh(now: Terminal.now + 5)
        #expect(
            try shown == "build  s390x 0/2  preparing the C++ library for s390x (first use)\n")
    }

    @Test func `steps that are up to date are counted while the master compiles`() throws {
        inNoTime {
            display.show(.planned(steps: ["master": 1, "s390x": 1]))
            display.show(.started(step("swift build", isDelegated: true), .decidesItself))
            display.show(.upToDate(step("link")))
        }
        board.refresh(now: Terminal.now + 5)
        #expect(try shown == "build  master compiles   s390x 1/1\n")
    }

    @Test func `rules are counted as rules`() throws {
        var rule = step("make table")
        rule.group = "rules"
        inNoTime {
            display.show(.planned(steps: ["rules": 2]))
            display.show(.started(rule, .neverBuilt))
        }
        board.refresh(now: Terminal.now + 5)
        #expect(try shown == "build  rules 0/2\n")
    }

    @Test func `where nothing ran, that is said`() throws {
        display.show(.planned(steps: ["s390x": 1]))
        display.show(.upToDate(step("link")))
        display.finish()
        #expect(try shown == "build  nothing to do\n")
    }

    @Test func `linking the plugin's tool again is no work on the master`() throws {
        let step = step("swift build", isDelegated: true)
        display.show(.planned(steps: ["master": 1]))
        display.show(
            .finished(
                step,
                .succeeded(output: "[1/2] Linking MarionetteInterfaceTool-tool\n", written: [])))
        display.finish()
        #expect(try shown.hasSuffix("build  nothing to do\n"))
    }
}
