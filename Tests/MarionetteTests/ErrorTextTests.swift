import Diagnostics
import Marionette
import Testing

/// Each message that a user can meet, whole.
private let texts: [(RunError, ExitCode, String)] = [
    (
        .tooFewDescriptors(hosts: 1000, needed: 4192, limit: 256), .configuration,
        """
        error: a run of 1000 hosts needs 4192 open files, this process may have 256
          help: ulimit -n 4192
        """
    ),
    (
        .controlUnusable(path: "runs/1/control", reason: "Permission denied"), .configuration,
        "error: the run can't listen at 'runs/1/control': Permission denied"
    ),
    (
        .runUnanswering(directory: "runs/1", reason: "Connection refused"), .failed,
        """
        error: no run answers in 'runs/1': Connection refused
          note: it has ended, or has not begun
        """
    ),
    (
        .journalExists(path: "night.journal"), .usage,
        """
        error: the journal 'night.journal' exists already
          note: remove it to begin again
          help: the same command with --resume
        """
    ),
    (
        .journalMissing(path: "night.journal"), .usage,
        """
        error: there is no journal 'night.journal' to resume from
          note: a run that ended before its program began has none
          help: the same command without --resume
        """
    ),
    (
        .journalUnusable(path: "night.journal", reason: "another run has it"), .configuration,
        "error: the journal 'night.journal' can't be used: another run has it"
    ),
    (
        .journalDamaged(path: "night.journal", place: "row 7 of 'operation' (operation 3.7)"),
        .configuration,
        """
        error: the journal 'night.journal' is damaged: row 7 of 'operation' (operation 3.7)
          note: it was not used: no result is wrong, and nothing was repeated
          note: beginning again executes all operations, also those that are declared 'once'
          help: put a copy of it back, or remove it with 'night.journal-wal' and begin again
        """
    ),
    (
        .journalNotBegun(
            path: "none/such/j", reason: "there is no directory 'none/such'",
            remedy: "mkdir -p 'none/such'"),
        .configuration,
        """
        error: the journal 'none/such/j' can't be begun: there is no directory 'none/such'
          help: mkdir -p 'none/such'
        """
    ),
    (
        .journalUnwritable(path: "night.journal", reason: "disk full"), .configuration,
        """
        error: the journal 'night.journal' can't be written: disk full
          note: what is in it stays valid
          help: the same command with --resume
        """
    ),
    (
        .diverged(
            journal: "night.journal", place: "operation 12.345", recorded: "'render' …",
            came: "'preview' …"), .failed,
        """
        error: the program differs from the journal 'night.journal', first at operation 12.345
          note: recorded: 'render' …
          note: came: 'preview' …
          note: all updates, and the operations of the program's own task, must come in the same \
        order; operations of other tasks may come in any
          help: resume with the same program and input, or remove the journal
        """
    ),
    (
        .deadlinePassed(operation: "render"), .failed,
        "error: operation 'render' did not end before its deadline"
    ),
    (
        .contextTooLarge(operation: "add", bytes: 1_073_741_800, limit: 1 << 30), .failed,
        """
        error: context operation 'add': a host that joins needs 1073741800 bytes of updates, the \
        limit is 1073741824
          note: hosts that join need only the last call of a 'context replacing' operation
          help: context replacing void add(…);
        """
    ),
    (
        .sharedTooLarge(variable: "scene", bytes: 20 << 30, limit: 16 << 30), .failed,
        """
        error: shared data 'scene': the versions that operations can still read take 21474836480 \
        bytes, the limit is 17179869184
          help: await the operations that read the earlier versions
        """
    ),
    (
        .noRunDescription, .usage,
        """
        error: this program is the master of a run and was started without one
          note: MARIONETTE_RUN is not set
          help: marionette run -- ARGUMENTS
        """
    ),
    (
        .programMismatch(application: "Raytracer"), .failed,
        """
        error: 'Raytracer': the program and the slaves were built from different interfaces
          help: marionette build
        """
    ),
    (
        .interfaceMismatch(host: "pi1"), .failed,
        """
        error: host 'pi1': its slave was built from another interface
          help: marionette run; if it says the same, remove the host's store (~/.cache/marionette) first
        """
    ),
    (
        .buildMismatch(host: "pi1", expected: "3f2a", found: "77c0"), .failed,
        """
        error: host 'pi1': its slave is of another build
          note: expected 3f2a, found 77c0
          help: marionette run; if it says the same, remove the host's store (~/.cache/marionette) first
        """
    ),
    (
        .protocolMismatch(host: "pi1", ours: 1, theirs: 2), .failed,
        """
        error: host 'pi1': its slave speaks protocol 2, ours is 1
          help: marionette run; if it says the same, remove the host's store (~/.cache/marionette) first
        """
    ),
    (
        .updateFailed(host: "pi1", operation: "setQuality", reason: "quality of 99"), .failed,
        "error: host 'pi1': context operation 'setQuality' failed: quality of 99"
    ),
    (
        .operationFailed(operation: "render", host: "pi1", reason: "region of width 0"), .failed,
        "error: host 'pi1': operation 'render' failed: region of width 0"
    ),
    (
        .operationPoisoned(
            operation: "render", kills: 3, how: "killed by SIGSEGV", host: "pi1", worker: 2,
            attempt: 3, capsule: .written(path: "runs/1/capsule-4.7")), .failed,
        """
        error: operation 'render' killed 3 workers
          note: the last: host 'pi1', worker 2, attempt 3, killed by SIGSEGV
          note: capsule: runs/1/capsule-4.7
          help: marionette replay runs/1/capsule-4.7 --debug
        """
    ),
    (
        .operationPoisoned(
            operation: "render", kills: 1, how: "ended itself by exit(3)", host: "pi1", worker: 2,
            attempt: 1, capsule: .failed(reason: "No space left on device")), .failed,
        """
        error: operation 'render' killed its worker
          note: host 'pi1', worker 2, attempt 1, ended itself by exit(3)
          note: no capsule was written: No space left on device
          help: marionette run, and while it goes on: marionette debug pi1
        """
    ),
    (
        .record(.traceUnwritable(path: "trace.json", reason: "disk full")), .configuration,
        "error: the trace 'trace.json' can't be written: disk full"
    ),
    (
        .fateUnknown(operation: "emit", host: "pi1", how: "its worker ended (killed by SIGKILL)"),
        .failed,
        """
        error: host 'pi1': operation 'emit' may have been executed: its worker ended \
        (killed by SIGKILL)
          note: it is declared 'once' and is not repeated
        """
    ),
    (
        .argumentsInvalid(
            operation: "render",
            XDRError(.beyondBound(count: 9, bound: 8), offset: 4, path: "rgb")),
        .failed,
        "error: operation 'render': invalid arguments: rgb: 9 items exceed the bound of 8"
    ),
    (
        .resultInvalid(
            operation: "render", host: "pi1",
            XDRError(.truncated(needed: 4, available: 2), offset: 96, path: "objects[17].radius")),
        .failed,
        """
        error: host 'pi1': operation 'render': invalid result: objects[17].radius: 4 bytes \
        needed at offset 96, 2 present
          note: the worker wrote bytes that its interface does not allow
        """
    ),
    (
        .noSuchProcedure(application: "Raytracer", number: 9), .software,
        "error: 'Raytracer' has no procedure 9"
    ),
    (
        .noHost(seconds: 30, reasons: ["host 'pi1': its connection ended"]), .unreachable,
        """
        error: no host was connected for 30 s
          note: host 'pi1': its connection ended
          help: marionette hosts
        """
    ),
    (
        .noHost(
            seconds: 30, reasons: ["host 'pi1': its slave exited with status 5"],
            log: "runs/1/events.jsonl"), .unreachable,
        """
        error: no host was connected for 30 s
          note: host 'pi1': its slave exited with status 5
          help: read what the slaves did and said in 'runs/1/events.jsonl'
        """
    ),
    (
        .allHostsGone(
            reasons: ["host 'pi1': its machine can't execute slaves for s390x-linux-musl"],
            log: "runs/1/events.jsonl"), .unreachable,
        """
        error: all hosts are gone
          note: host 'pi1': its machine can't execute slaves for s390x-linux-musl
          help: read what the slaves did and said in 'runs/1/events.jsonl'
        """
    ),
    (
        .allHostsGone(reasons: ["host 'pi1': its connection ended"]), .unreachable,
        """
        error: all hosts are gone
          note: host 'pi1': its connection ended
          help: marionette hosts
        """
    ),
    (.interrupted(signal: 2), .interrupted, "error: the run was interrupted"),
    (.interrupted(signal: 15), .interrupted, "error: the run was terminated"),
    (.runEnded, .software, "error: an operation was submitted after the end of its run"),
    (
        .eventLogUnwritable(path: "events.jsonl", reason: "no such file or directory"),
        .configuration,
        "error: the event log 'events.jsonl' can't be written: no such file or directory"
    ),
    (
        .systemCallFailed(name: "pipe", reason: "too many open files"), .software,
        "error: pipe failed: too many open files"
    ),
]

@Test(arguments: texts)
func `what print shows of an error is its sentence`(
    error: RunError, code: ExitCode, text: String
) {
    let shown = "\(error)"
    let first = text.split(separator: "\n")[0]
    #expect(first == "error: \(shown)" || first == "warning: \(shown)")
}

@Test(arguments: texts)
func `each error is told in these words and ends with this code`(
    error: RunError, code: ExitCode, text: String
) {
    #expect(error.diagnostic.rendered == text)
    #expect(error.exitCode == code)
}
