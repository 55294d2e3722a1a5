import Testing

@testable import Debugging

@Suite struct DebuggingErrorTests {
    @Test(arguments: [
        (
            DebuggingError.noRun(directory: "/p"),
            """
            error: no run was started in '/p'
              help: marionette run, and while it goes on: marionette debug HOST
            """
        ),
        (
            .runEnded(run: "20261123T091500Z-1", how: "done"),
            """
            error: run '20261123T091500Z-1' is over (done), so no worker is left to attach to
              help: marionette run, and while it goes on: marionette debug HOST
            """
        ),
        (
            .badSelection(text: "xeon:two"),
            """
            error: 'xeon:two' is no HOST[:WORKER]
              help: marionette debug mainframe, mainframe:3 or mainframe:slave
            """
        ),
        (
            .unknownWorker(host: "xeon", worker: 4, count: 4),
            """
            error: host 'xeon' has no worker 4
              note: workers: 0 to 3
              help: marionette debug xeon takes one that executes
            """
        ),
        (
            .stubFailed(emulator: "qemu-s390x-static", reason: "it does not listen at '/tmp/s'"),
            "error: qemu-s390x-static can't be debugged: it does not listen at '/tmp/s'"
        ),
        (
            .notHeld(reason: "no debugger attached within 60 s, so the worker goes on"),
            "error: no debugger attached within 60 s, so the worker goes on"
        ),
        (
            .processGone(host: "xeon", who: "worker 2", process: 13),
            """
            error: host 'xeon': worker 2 (process 13) has ended
              help: marionette debug xeon takes one that runs
            """
        ),
        (
            .emulated(
                host: "pi64", who: "worker 1", emulator: "qemu-aarch64-static", native: "xeon"),
            """
            error: host 'pi64': worker 1 runs under qemu-aarch64-static, which debuggers can't enter
              note: qemu-user has no ptrace; its guests share the emulator's process
              help: marionette debug xeon attaches to a native worker
            """
        ),
        (
            .emulated(host: "pi64", who: "worker 1", emulator: "qemu-aarch64-static", native: nil),
            """
            error: host 'pi64': worker 1 runs under qemu-aarch64-static, which debuggers can't enter
              note: qemu-user has no ptrace; its guests share the emulator's process
              help: marionette replay CAPSULE --debug executes one operation under gdb there; marionette run \
            --capture OPERATION keeps one
            """
        ),
        (
            .noServer(host: "xeon"),
            """
            error: host 'xeon' has no gdbserver
              help: install it there (Debian: apt-get install gdbserver), or put a static one on the \
            PATH of its shell
            """
        ),
        (
            .attachForbidden(host: "xeon", scope: 1),
            """
            error: host 'xeon' forbids debuggers to attach (ptrace_scope 1)
              help: there, as root: sysctl kernel.yama.ptrace_scope=0
            """
        ),
        (
            .noDebugger(tried: ["gdb-multiarch", "gdb"]),
            """
            error: no gdb is on this machine
              note: tried: gdb-multiarch, gdb
              help: apt-get install gdb-multiarch; MARIONETTE_GDB names one that is elsewhere
            """
        ),
        (
            .noSymbols(
                host: "xeon", target: "x86_64-linux-musl", buildId: "01ab", path: "/p/01ab.elf"),
            """
            error: host 'xeon': the unstripped slave for x86_64-linux-musl is not here
              note: its build-id is 01ab
              note: '/p/01ab.elf' does not exist
              help: debug where it was built, or build and run again from here
            """
        ),
    ])
    func `every refusal is told with what helps`(error: DebuggingError, text: String) {
        #expect(error.diagnostic.rendered == text)
    }
}
