import Diagnostics
import RunRecords
import XDRCoding

/// What can go wrong in a run.
public enum RunError: Error, Hashable, Sendable {
    /// The program was started by hand.
    case noRunDescription
    /// The run's description, log or trace is not what it should be.
    case record(RunRecordsError)
    /// The program was compiled from another interface than the slaves.
    case programMismatch(application: String)
    /// The slave was compiled from another interface than the program.
    case interfaceMismatch(host: String)
    case buildMismatch(host: String, expected: String, found: String)
    case protocolMismatch(host: String, ours: UInt32, theirs: UInt32)
    /// The first replica that was to apply it failed; nothing after it can be executed.
    case updateFailed(host: String, operation: String, reason: String)
    /// The operation said so itself.
    case operationFailed(operation: String, host: String, reason: String)
    /// It killed each worker that executed it.
    case operationPoisoned(
        operation: String, kills: Int, how: String, host: String, worker: UInt32, attempt: UInt32,
        capsule: CapsuleRecord)
    /// An operation that may be executed once was sent, and no answer came.
    case fateUnknown(operation: String, host: String, how: String)
    /// It did not end in the time that `withDeadline` gave it.
    case deadlinePassed(operation: String)
    /// What hosts that join would have to be sent is too much.
    case contextTooLarge(operation: String, bytes: Int, limit: Int)
    /// The versions that operations can still read are too much.
    case sharedTooLarge(variable: String, bytes: Int, limit: Int)
    case argumentsInvalid(operation: String, XDRError)
    case resultInvalid(operation: String, host: String, XDRError)
    case noSuchProcedure(application: String, number: UInt32)
    /// No host was connected for so long. `log` is the run's event log where slaves were reached and
    /// ended; nil where the way to the hosts is at fault.
    case noHost(seconds: Int, reasons: [String], log: String? = nil)
    /// Each host was given up. `log` as before.
    case allHostsGone(reasons: [String], log: String? = nil)
    case interrupted(signal: Int32)
    /// An operation was submitted after the end of its run.
    case runEnded
    case eventLogUnwritable(path: String, reason: String)
    /// `--resume` was not given.
    case journalExists(path: String)
    /// `--resume` was given.
    case journalMissing(path: String)
    case journalUnusable(path: String, reason: String)
    /// A row is not what was written, or is missing.
    case journalDamaged(path: String, place: String)
    case journalUnwritable(path: String, reason: String)
    /// It can't be made. `remedy` says what to type.
    case journalNotBegun(path: String, reason: String, remedy: String)
    /// The program does not do what it did when the journal was written.
    case diverged(journal: String, place: String, recorded: String, came: String)
    /// The system allows this process too few open files for so many hosts.
    case tooFewDescriptors(hosts: Int, needed: Int, limit: Int)
    case controlUnusable(path: String, reason: String)
    /// No run listens in this directory.
    case runUnanswering(directory: String, reason: String)
    case systemCallFailed(name: String, reason: String)
}

extension RunError: DiagnosticError {
    public var exitCode: ExitCode {
        switch self {
        case .noRunDescription, .journalExists, .journalMissing: .usage
        case .record(let error): error.exitCode
        case .eventLogUnwritable, .journalUnusable, .journalDamaged, .journalUnwritable,
            .journalNotBegun, .controlUnusable, .tooFewDescriptors:
            .configuration
        case .noHost, .allHostsGone: .unreachable
        case .interrupted: .interrupted
        case .noSuchProcedure, .runEnded, .systemCallFailed: .software
        case .programMismatch, .interfaceMismatch, .buildMismatch, .protocolMismatch,
            .updateFailed, .operationFailed, .operationPoisoned, .fateUnknown, .deadlinePassed,
            .contextTooLarge, .sharedTooLarge, .argumentsInvalid, .resultInvalid, .diverged,
            .runUnanswering:
            .failed
        }
    }
}
