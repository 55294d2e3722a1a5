import Diagnostics

/// Why a debugger can't be attached.
public enum DebuggingError: Error, Hashable, Sendable {
    /// No run was ever started in the project's directory.
    case noRun(directory: String)
    case runUnreadable(path: String, reason: String)
    /// The newest run is over.
    case runEnded(run: String, how: String)
    case badSelection(text: String)
    case unknownHost(host: String, known: [String])
    /// The host's slave is not connected (yet, or any more).
    case hostAbsent(host: String, reason: String?)
    case unknownWorker(host: String, worker: UInt32, count: Int)
    /// The run does not let a worker stand still for it, in the run's own words.
    case notHeld(reason: String)
    /// The event log names it, but it is not on the host any more.
    case processGone(host: String, who: String, process: Int32)
    /// The process runs under an emulator that knows no ptrace.
    case emulated(host: String, who: String, emulator: String, native: String?)
    case noServer(host: String)
    case attachForbidden(host: String, scope: Int)
    /// The probe's script did not end as it should.
    case probeFailed(host: String, reason: String)
    case noDebugger(tried: [String])
    case noSymbols(host: String, target: String, buildId: String, path: String)
    case noBuildId(host: String, who: String)
    case notExecutable(program: String, reason: String)
    /// gdbserver ended before it said a word.
    case serverFailed(host: String, reason: String)
    /// An emulator did not come so far that gdb can reach it.
    case stubFailed(emulator: String, reason: String)
    /// What is to be explained is no crash.
    case badCrash(reason: String)
}

extension DebuggingError: DiagnosticError {
    public var exitCode: ExitCode {
        switch self {
        case .badSelection, .unknownHost, .unknownWorker, .badCrash: .usage
        case .hostAbsent: .unreachable
        case .noRun, .runUnreadable, .runEnded, .notHeld, .processGone, .emulated, .noServer,
            .attachForbidden, .probeFailed, .serverFailed, .stubFailed, .noDebugger, .noSymbols,
            .noBuildId,
            .notExecutable:
            .failed
        }
    }

    public var diagnostic: Diagnostic {
        switch self {
        // The run.
        case .noRun(let directory):
            Diagnostic(
                summary: "no run was started in '\(directory)'",
                remedy: "marionette run, and while it goes on: marionette debug HOST")
        case .runUnreadable(let path, let reason):
            Diagnostic(summary: "the run's record '\(path)' can't be read: \(reason)")
        case .runEnded(let run, let how):
            Diagnostic(
                summary: "run '\(run)' is over (\(how)), so no worker is left to attach to",
                remedy: "marionette run, and while it goes on: marionette debug HOST")

        // The selection.
        case .badSelection(let text):
            Diagnostic(
                summary: "'\(text)' is no HOST[:WORKER]",
                remedy: "marionette debug mainframe, mainframe:3 or mainframe:slave")
        case .unknownHost(let host, let known):
            Diagnostic(
                summary: "the run has no host '\(host)'",
                notes: ["hosts: \(known.joined(separator: ", "))"],
                remedy: nearest(to: host, among: known).map { "did you mean '\($0)'?" })
        case .hostAbsent(let host, let reason):
            Diagnostic(
                summary: "host '\(host)' takes no part in the run at this time"
                    + (reason.map { ": \($0)" } ?? ""),
                remedy: "marionette hosts add \(host) lets it join if it has left")
        case .unknownWorker(let host, let worker, let count):
            Diagnostic(
                summary: "host '\(host)' has no worker \(worker)",
                notes: [count > 1 ? "workers: 0 to \(count - 1)" : "it has worker 0 alone"],
                remedy: "marionette debug \(host) takes one that executes")
        case .notHeld(let reason):
            Diagnostic(summary: reason)

        // The host.
        case .processGone(let host, let who, let process):
            Diagnostic(
                summary: "host '\(host)': \(who) (process \(process)) has ended",
                remedy: "marionette debug \(host) takes one that runs")
        case .emulated(let host, let who, let emulator, let native):
            Diagnostic(
                summary:
                    "host '\(host)': \(who) runs under \(emulator), which debuggers can't enter",
                notes: ["qemu-user has no ptrace; its guests share the emulator's process"],
                remedy: native.map { "marionette debug \($0) attaches to a native worker" }
                    ?? "marionette replay CAPSULE --debug executes one operation under gdb there;"
                    + " marionette run --capture OPERATION keeps one")
        case .noServer(let host):
            Diagnostic(
                summary: "host '\(host)' has no gdbserver",
                remedy: "install it there (Debian: apt-get install gdbserver), "
                    + "or put a static one on the PATH of its shell")
        case .attachForbidden(let host, let scope):
            Diagnostic(
                summary: "host '\(host)' forbids debuggers to attach (ptrace_scope \(scope))",
                remedy: "there, as root: sysctl kernel.yama.ptrace_scope=0")
        case .probeFailed(let host, let reason):
            Diagnostic(summary: "host '\(host)' could not be asked about the process: \(reason)")
        case .serverFailed(let host, let reason):
            Diagnostic(summary: "host '\(host)': gdbserver could not attach: \(reason)")

        case .stubFailed(let emulator, let reason):
            Diagnostic(summary: "\(emulator) can't be debugged: \(reason)")
        case .badCrash(let reason):
            Diagnostic(summary: "standard input is no crash of a worker: \(reason)")

        // This machine.
        case .noDebugger(let tried):
            Diagnostic(
                summary: "no gdb is on this machine",
                notes: ["tried: \(tried.joined(separator: ", "))"],
                remedy: "apt-get install gdb-multiarch; MARIONETTE_GDB names one that is elsewhere")
        case .noSymbols(let host, let target, let buildId, let path):
            Diagnostic(
                summary: "host '\(host)': the unstripped slave for \(target) is not here",
                notes: ["its build-id is \(buildId)", "'\(path)' does not exist"],
                remedy: "debug where it was built, or build and run again from here")
        case .noBuildId(let host, let who):
            Diagnostic(
                summary: "host '\(host)': \(who) has no build-id, so its source is not known",
                remedy: "build and run again")
        case .notExecutable(let program, let reason):
            Diagnostic(summary: "can't start '\(program)': \(reason)")
        }
    }
}
