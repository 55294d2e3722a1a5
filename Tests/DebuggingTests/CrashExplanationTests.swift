import RunRecords
import SlaveBuild
import TestKit
import Testing
import WireProtocol

@testable import Debugging

@Suite struct CrashExplanationTests {
    @Test func `a symboliser's answer has the inlined functions of each address`() {
        let output = """
            0x1020298
            weigh
            /marionette/app/worker/app.c:12
            app_crash
            /marionette/app/worker/app.c:31 (discriminator 2)
            0x0000000000000018
            ??
            ??:0

            """
        #expect(
            Symboliser.places(in: output) == [
                [
                    CodePlace(
                        function: "weigh", line: "/marionette/app/worker/app.c:12",
                        isInlined: true),
                    CodePlace(function: "app_crash", line: "/marionette/app/worker/app.c:31"),
                ],
                [CodePlace(function: "??")],
            ])
    }

    @Test func `the stack ends where it becomes Marionette's, and is placed in the project`() {
        let text = CrashExplanation.text(
            "a null pointer was used", [0x10, 0x20, 0x30],
            [
                [CodePlace(function: "memcpy", line: "/opt/zig/lib/libc/musl/memcpy.s:7")],
                [
                    CodePlace(
                        function: "copy", line: "/marionette/app/worker/app.c:12", isInlined: true),
                    CodePlace(function: "app_crash", line: "/marionette/app/worker/app.c:31"),
                ],
                [CodePlace(function: "mrn_execute", line: "/marionette/runtime/worker/call.c:111")],
            ])
        #expect(
            text
                == CrashText(
                    cause: "a null pointer was used", place: "worker/app.c:12",
                    lines: [
                        "#0 memcpy at memcpy.s:7", "#1 copy at worker/app.c:12 (inlined)",
                        "#1 app_crash at worker/app.c:31",
                    ]))
    }

    @Test func `what a sanitizer found is the cause`() {
        let text = CrashExplanation.text(
            "a trap: a check that the compiler put there failed", [0x10],
            [
                [
                    CodePlace(
                        function:
                            "__clang_trap_msg$Undefined Behavior Sanitizer$Shift of 'a$b' is too large",
                        isInlined: true),
                    CodePlace(function: "app_crash", line: "/marionette/app/worker/app.c:31"),
                ]
            ])
        #expect(text.cause == "undefined behaviour: shift of 'a$b' is too large")
        #expect(text.place == "worker/app.c:31")
        #expect(text.lines == ["#0 app_crash at worker/app.c:31"])
    }

    @Test func `where the compiler left no line, the operation is the place`() {
        let text = CrashExplanation.text(
            "a jump to 0xdeadbeef, where no code is", [0xdead_beef, 0x20, 0x30, 0x40],
            [
                [CodePlace(function: "??")], [CodePlace(function: "app_crash")],
                [
                    CodePlace(
                        function: "execute_crash",
                        line: "/marionette/app/.marionette/build/stubs/app.c:22")
                ],
                [CodePlace(function: "mrn_execute", line: "/marionette/runtime/worker/call.c:111")],
            ])
        #expect(text.place == "app_crash")
        #expect(text.lines == ["#0 0xdeadbeef", "#1 app_crash"])
    }

    static let causes: [(slave_crash, String)] = [
        (crash("SIGSEGV", fault: 8), "a null pointer was used"),
        (crash("SIGSEGV", fault: 0x7000_0000), "address 0x70000000 can't be used"),
        (crash("SIGSEGV", fault: 0x40_1000), "a jump to 0x401000, where no code is"),
        (
            crash("SIGSEGV", fault: 0x7fff_0000 - 16, stack: 65_536),
            "stack overflow"
        ),
        (crash("SIGSEGV", fault: .max), "an address that no process can have was used"),
        (crash("SIGSEGV", fault: 0, pc: 0), "a null function pointer was called"),
        // s390x tells the page alone; the stack pointer may be as wild as the jump.
        (
            crash("SIGSEGV", fault: 0x7ffe_f000, pc: 0x7ffe_f123, stack: 0),
            "a jump to 0x7ffef123, where no code is"
        ),
        (crash("SIGSEGV"), "a signal that was sent to it"),
        (
            crash("SIGABRT"),
            "it called abort, as a failed assertion or an uncaught exception does"
        ),
        (crash("SIGFPE"), "an arithmetic fault, such as a division by zero"),
        (crash("SIGTRAP"), "a trap: a check that the compiler put there failed"),
    ]

    @Test(arguments: causes.indices)
    func `a signal says what went wrong`(index: Int) {
        let (crash, cause) = Self.causes[index]
        #expect(CrashExplanation.cause(of: crash) == cause)
    }

    private static func crash(
        _ signal: String, fault: UInt64? = nil, pc: UInt64 = 0x40_1000, stack: Int = 64
    ) -> slave_crash {
        slave_crash(
            signal: signal, fault: fault, pc: pc,
            registers: Array(repeating: 0, count: 17), stack_begin: 0x7fff_0000,
            stack: Array(repeating: 0, count: stack), build_id: [0xab, 0x01])
    }

    @Test func `without the file of the build there are addresses, and what is missing`() throws {
        let directory = try TemporaryDirectory("crash")
        let explanation = CrashExplanation(
            Self.crash("SIGSEGV", fault: 8), target: "s390x-linux-musl",
            paths: BuildPaths(directory: directory.path), environment: [:])
        #expect(
            explanation.text.lines == [
                "#0 0x401000",
                "(no names: the unstripped slave with build-id ab01 is not in"
                    + " '\(directory.path)/.marionette/build/s390x-linux-musl/debug/ab01.elf')",
            ])
    }

    @Test func `what is no crash is refused`() throws {
        #expect(throws: DebuggingError.self) {
            try CrashExplanation(
                encoded: [1, 2, 3], target: "x86_64-linux-musl", paths: BuildPaths(directory: "/"))
        }
    }
}
