import Diagnostics
import RunRecords

/// The sentence of each error; pinned by tests.
extension RunError {
    public var diagnostic: Diagnostic {
        switch self {
        // Operations.
        case .updateFailed(let host, let operation, let reason):
            Diagnostic(
                summary: "host '\(host)': context operation '\(operation)' failed: \(reason)")
        case .operationFailed(let operation, let host, let reason):
            Diagnostic(summary: "host '\(host)': operation '\(operation)' failed: \(reason)")
        case .operationPoisoned(
            let operation, let kills, let how, let host, let worker, let attempt, let capsule):
            Diagnostic(
                summary: "operation '\(operation)' killed "
                    + (kills == 1 ? "its worker" : "\(kills) workers"),
                notes: [
                    (kills == 1 ? "" : "the last: ")
                        + "host '\(host)', worker \(worker), attempt \(attempt), \(how)"
                ] + capsule.notes,
                remedy: capsule.path.map { "marionette replay \($0) --debug" }
                    ?? "marionette run, and while it goes on: marionette debug \(host)")
        case .fateUnknown(let operation, let host, let how):
            Diagnostic(
                summary: "host '\(host)': operation '\(operation)' may have been executed: \(how)",
                notes: ["it is declared 'once' and is not repeated"])
        case .deadlinePassed(let operation):
            Diagnostic(summary: "operation '\(operation)' did not end before its deadline")
        case .contextTooLarge(let operation, let bytes, let limit):
            Diagnostic(
                summary:
                    "context operation '\(operation)': a host that joins needs \(bytes) bytes of"
                    + " updates, the limit is \(limit)",
                notes: [
                    "hosts that join need only the last call of a 'context replacing' operation"
                ],
                remedy: "context replacing void \(operation)(…);")
        case .sharedTooLarge(let variable, let bytes, let limit):
            Diagnostic(
                summary:
                    "shared data '\(variable)': the versions that operations can still read take"
                    + " \(bytes) bytes, the limit is \(limit)",
                remedy: "await the operations that read the earlier versions")
        case .argumentsInvalid(let operation, let error):
            Diagnostic(summary: "operation '\(operation)': invalid arguments: \(error)")
        case .resultInvalid(let operation, let host, let error):
            Diagnostic(
                summary: "host '\(host)': operation '\(operation)': invalid result: \(error)",
                notes: ["the worker wrote bytes that its interface does not allow"])
        case .noSuchProcedure(let application, let number):
            Diagnostic(summary: "'\(application)' has no procedure \(number)")

        // Hosts.
        case .interfaceMismatch(let host):
            Diagnostic(
                summary: "host '\(host)': its slave was built from another interface",
                remedy: slaveRemedy)
        case .buildMismatch(let host, let expected, let found):
            Diagnostic(
                summary: "host '\(host)': its slave is of another build",
                notes: ["expected \(expected), found \(found)"],
                remedy: slaveRemedy)
        case .protocolMismatch(let host, let ours, let theirs):
            Diagnostic(
                summary: "host '\(host)': its slave speaks protocol \(theirs), ours is \(ours)",
                remedy: slaveRemedy)
        case .noHost(let seconds, let reasons, let log):
            Diagnostic(
                summary: "no host was connected for \(seconds) s", notes: reasons,
                remedy: hostRemedy(log))
        case .allHostsGone(let reasons, let log):
            Diagnostic(summary: "all hosts are gone", notes: reasons, remedy: hostRemedy(log))

        // The journal.
        case .journalExists(let path):
            Diagnostic(
                summary: "the journal '\(path)' exists already",
                notes: ["remove it to begin again"],
                remedy: "the same command with --resume")
        case .journalMissing(let path):
            Diagnostic(
                summary: "there is no journal '\(path)' to resume from",
                notes: ["a run that ended before its program began has none"],
                remedy: "the same command without --resume")
        case .journalUnusable(let path, let reason):
            Diagnostic(summary: "the journal '\(path)' can't be used: \(reason)")
        case .journalDamaged(let path, let place):
            Diagnostic(
                summary: "the journal '\(path)' is damaged: \(place)",
                notes: [
                    "it was not used: no result is wrong, and nothing was repeated",
                    "beginning again executes all operations, also those that are declared 'once'",
                ],
                remedy: "put a copy of it back, or remove it with '\(path)-wal' and begin again")
        case .journalNotBegun(let path, let reason, let remedy):
            Diagnostic(
                summary: "the journal '\(path)' can't be begun: \(reason)", remedy: remedy)
        case .journalUnwritable(let path, let reason):
            Diagnostic(
                summary: "the journal '\(path)' can't be written: \(reason)",
                notes: ["what is in it stays valid"],
                remedy: "the same command with --resume")
        case .diverged(let journal, let place, let recorded, let came):
            Diagnostic(
                summary: "the program differs from the journal '\(journal)', first at \(place)",
                notes: [
                    "recorded: \(recorded)", "came: \(came)",
                    "all updates, and the operations of the program's own task, must come in the same"
                        + " order; operations of other tasks may come in any",
                ],
                remedy: "resume with the same program and input, or remove the journal")

        // The run.
        case .noRunDescription:
            Diagnostic(
                summary: "this program is the master of a run and was started without one",
                notes: ["MARIONETTE_RUN is not set"],
                remedy: "marionette run -- ARGUMENTS")
        case .record(let error): error.diagnostic
        case .programMismatch(let application):
            Diagnostic(
                summary: "'\(application)': the program and the slaves were built from different"
                    + " interfaces",
                remedy: "marionette build")
        case .interrupted(let signal):
            Diagnostic(summary: signal == 15 ? "the run was terminated" : "the run was interrupted")
        case .runEnded:
            Diagnostic(summary: "an operation was submitted after the end of its run")
        case .eventLogUnwritable(let path, let reason):
            Diagnostic(summary: "the event log '\(path)' can't be written: \(reason)")
        case .tooFewDescriptors(let hosts, let needed, let limit):
            Diagnostic(
                summary: "a run of \(hosts) \(hosts == 1 ? "host" : "hosts") needs \(needed) open"
                    + " files, this process may have \(limit)",
                remedy: "ulimit -n \(needed)")
        case .controlUnusable(let path, let reason):
            Diagnostic(summary: "the run can't listen at '\(path)': \(reason)")
        case .runUnanswering(let directory, let reason):
            Diagnostic(
                summary: "no run answers in '\(directory)': \(reason)",
                notes: ["it has ended, or has not begun"])
        case .systemCallFailed(let name, let reason):
            Diagnostic(summary: "\(name) failed: \(reason)")
        }
    }

    /// The survey of hosts shows all well where slaves can be reached.
    private func hostRemedy(_ log: String?) -> String {
        log.map { "read what the slaves did and said in '\($0)'" } ?? "marionette hosts"
    }

    /// A host without sha256sum believes what is in its store, and pushing again would not replace a
    /// slave that is none of ours.
    private var slaveRemedy: String {
        "marionette run; if it says the same, remove the host's store (~/.cache/marionette) first"
    }
}

extension CapsuleRecord {
    fileprivate var path: String? { if case .written(let path) = self { path } else { nil } }

    fileprivate var notes: [String] {
        switch self {
        case .written(let path): ["capsule: \(path)"]
        case .failed(let reason): ["no capsule was written: \(reason)"]
        case .unwanted: []
        }
    }
}
