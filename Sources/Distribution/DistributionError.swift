import Diagnostics
import Transport

/// What can go wrong between a bundle and a host's store.
public enum DistributionError: Error, Hashable, Sendable {
    case transport(TransportError)
    /// The host has no POSIX shell and uname, or its login shell says something else.
    case notPOSIX(host: String, answer: String)
    /// The host lacks `tar` or `gzip`.
    case toolMissing(host: String, tool: String)
    case storeNotWritable(host: String, store: String, reason: String)
    /// What is asked of it does not come.
    case storeUnusable(host: String, store: String, reason: String)
    /// Somebody else could change what would be executed. `owner` is the number of another user; nil:
    /// others may write to it.
    case storeUntrusted(host: String, path: String, owner: Int?, isBundle: Bool)
    /// Files of the bundle are not as its manifest says.
    case bundleDamaged(host: String, bundle: String, files: [String])
    /// Somebody else made another bundle current while this machine wanted to.
    case activatedMeanwhile(host: String, bundle: String)
    /// Its file system executes no programs.
    case storeNotExecutable(host: String, store: String)
    /// `available` in bytes; nil where the host does not tell.
    case storeFull(host: String, store: String, needed: Int, available: Int?)
    /// The archive did not arrive whole, or tar failed otherwise.
    case unpackFailed(host: String, reason: String)
    /// The files that arrived are not those of the manifest.
    case verificationFailed(host: String, reason: String)
    /// The slave can't run there since the host is of another kind.
    case targetDisagrees(host: String, target: String, reason: String)
    /// The processor is older than binaries of the target need: it has not these words of /proc/cpuinfo.
    case processorLacks(host: String, target: String, words: [String])
    /// This machine can't execute slaves of a host's target. `emulator` is one that can.
    case notExecutable(host: String, target: String, machine: String, emulator: String?)
    /// The emulator that a host of this machine names is not here.
    case noEmulator(host: String, emulator: String)
    /// The slave was started, and failed. `how` goes on from "the slave".
    case slaveFailed(host: String, how: String, reason: String)
    /// What was to be done there was given up before it began or while it ran.
    case cancelled(host: String)
}

extension DistributionError: DiagnosticError {
    public var exitCode: ExitCode {
        switch self {
        case .transport(let error): error.exitCode
        case .notPOSIX, .toolMissing, .targetDisagrees, .processorLacks, .notExecutable,
            .noEmulator:
            .configuration
        case .cancelled: .interrupted
        default: .failed
        }
    }

    public var diagnostic: Diagnostic {
        switch self {
        case .transport(let error): return error.diagnostic
        case .notPOSIX(let host, let answer):
            return Diagnostic(
                summary: "host '\(host)' has no POSIX shell that answers",
                notes: answer.isEmpty ? [] : ["it said: \(answer)"])
        case .toolMissing(let host, let tool):
            return Diagnostic(
                summary: "host '\(host)' has no '\(tool)'",
                remedy: "install \(tool) there; a slave needs nothing else once it is in the store")
        case .storeNotWritable(let host, let store, let reason):
            return Diagnostic(
                summary: "host '\(host)': store '\(store)' is not writable", notes: notes(reason),
                remedy: "name another directory with 'store:' at the host in marionette.yaml")
        case .storeUnusable(let host, let store, let reason):
            return Diagnostic(
                summary: "host '\(host)': store '\(store)' can't be used", notes: notes(reason))
        case .storeUntrusted(let host, let path, let owner, let isBundle):
            let other = "name a directory of your own with 'store:' at the host in marionette.yaml"
            return Diagnostic(
                summary: owner.map {
                    "host '\(host)': '\(path)' belongs to another user (uid \($0))"
                }
                    ?? "host '\(host)': other users may write to '\(path)'",
                notes: ["they could replace programs that run there, so none is started"],
                remedy: isBundle
                    ? "remove it there: rm -rf \(shellQuoted(path)); or \(other)"
                    : owner == nil
                        ? "forbid that there: chmod go-w \(shellQuoted(path)); or \(other)" : other)
        case .bundleDamaged(let host, let bundle, let files):
            let more = files.count > 3 ? " and \(files.count - 3) more" : ""
            let told = files.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            return Diagnostic(
                summary: "host '\(host)': bundle \(bundle.prefix(12)) is damaged: \(told)\(more)",
                remedy: "marionette push replaces it if it is what is built here; marionette prune"
                    + " removes it if nobody needs it")
        case .activatedMeanwhile(let host, let bundle):
            return Diagnostic(
                summary: "host '\(host)': somebody else made bundle \(bundle.prefix(12)) current")
        case .storeNotExecutable(let host, let store):
            return Diagnostic(
                summary: "host '\(host)': programs can't be executed in store '\(store)'",
                notes: ["its file system is probably mounted with 'noexec'"],
                remedy: "name a directory on another file system with 'store:' at the host")
        case .storeFull(let host, let store, let needed, let available):
            let rest = available.map { ", \($0) available" } ?? ""
            return Diagnostic(
                summary: "host '\(host)': store '\(store)' needs \(needed) bytes\(rest)",
                remedy: "make room there, or name another directory with 'store:' at the host")
        case .unpackFailed(let host, let reason):
            return Diagnostic(
                summary: "host '\(host)': the bundle could not be unpacked", notes: notes(reason),
                remedy: "marionette push")
        case .verificationFailed(let host, let reason):
            return Diagnostic(
                summary: "host '\(host)': the bundle that arrived is not the one that was sent",
                notes: notes(reason), remedy: "marionette push")
        case .targetDisagrees(let host, let target, let reason):
            return Diagnostic(
                summary: "host '\(host)': declared target \(target) is not the host's: \(reason)",
                remedy: "name the host's own target in marionette.yaml, one of 'marionette targets'"
            )
        case .processorLacks(let host, let target, let words):
            let told = words.map { "'\($0)'" }.joined(separator: " and ")
            return Diagnostic(
                summary:
                    "host '\(host)': its processor lacks \(told), which binaries for \(target) need",
                notes: ["'processor' of the target says so, in the words of /proc/cpuinfo"],
                remedy: "name a target for that processor at the host, such as one of your own:"
                    + " Targets/NAME.yaml")
        case .notExecutable(let host, let target, let machine, let emulator):
            let own = "name its own target, one of 'marionette targets'"
            return Diagnostic(
                summary: "host '\(host)': this machine, a \(machine), can't execute slaves for"
                    + " \(target)",
                remedy: own
                    + (emulator.map { ", or write 'emulator: \($0)' at the host" } ?? ""))
        case .noEmulator(let host, let emulator):
            return Diagnostic(
                summary: "host '\(host)': there is no emulator '\(emulator)' on this machine",
                remedy: emulator.hasPrefix("qemu-") && !emulator.contains("/")
                    ? "apt-get install qemu-user-static, or correct 'emulator' at the host"
                    : "correct 'emulator' at the host in marionette.yaml")
        case .slaveFailed(let host, let how, let reason):
            return Diagnostic(
                summary: "host '\(host)': the slave, which was to install itself, \(how)",
                notes: notes(reason))
        case .cancelled(let host):
            return Diagnostic(summary: "host '\(host)': interrupted")
        }
    }

    private func notes(_ reason: String) -> [String] {
        reason.isEmpty ? [] : ["it said: \(reason)"]
    }
}

extension DistributionError {
    /// What is wrong with a host, in one or two words.
    public var state: String {
        switch self {
        case .transport(.hostKeyUnknown): "key unknown"
        case .transport(.hostKeyChanged): "key changed"
        case .transport(.authenticationFailed): "not let in"
        case .transport(.hostKeyRevoked): "key revoked"
        case .transport(.configurationInvalid), .transport(.configurationRefused): "misconfigured"
        case .transport(.shellFailed(_, let fault)) where fault.command == nil: "no shell"
        case .transport: "unreachable"
        case .notPOSIX: "no POSIX shell"
        case .targetDisagrees, .processorLacks: "disagrees"
        case .storeUntrusted: "others may write"
        case .cancelled: "cancelled"
        default: "failed"
        }
    }
}
