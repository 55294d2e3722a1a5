import Diagnostics
import Transport

/// Why a script on a host failed, from its status and its words.
struct PushFailure {
    var order: PushOrder
    var result: CommandResult

    var error: DistributionError {
        let host = order.host
        let answers = Answers(result.outputText)
        let reason = lastWords
        let store = answers["store"] ?? order.store ?? ""
        if answers["untrusted"] != nil {
            return StoreFailure(
                host: host, store: order.store, bundle: order.bundle.digest.description,
                result: result
            ).error
        }
        switch result.ending {
        case .untold: return .transport(.lost(host: host, reason: "no status came"))
        case .exited(status: 64):
            return .toolMissing(host: host, tool: answers["tool"] ?? "tar")
        case .exited(status: 65): return .verificationFailed(host: host, reason: reason)
        case .exited(status: 73) where !isFull:
            return .storeNotWritable(host: host, store: store, reason: reason)
        case _ where isFull:
            return .storeFull(
                host: host, store: store, needed: order.bundle.size, available: available)
        case .exited(status: 74) where answers["unpacked"] == nil:
            return .unpackFailed(host: host, reason: reason)
        case .exited(status: 75):
            return .transport(.lost(host: host, reason: "the host hung up on the push"))
        case .exited(status: 126)
        where order.emulator.isEmpty && reason.lowercased().contains("permission denied"):
            return .storeNotExecutable(host: host, store: store)
        case _ where answers["machine"] == nil: return .notPOSIX(host: host, answer: reason)
        case .exited(let status): return slaveFailed(slaveExitText(status), answers, reason)
        case .signalled(let name):
            return slaveFailed("was killed by SIG\(name)", answers, reason)
        }
    }

    /// A slave that can't even start is of another kind than the host, where uname agrees with
    /// that.
    private func slaveFailed(
        _ how: String, _ answers: Answers, _ reason: String
    ) -> DistributionError {
        let machine = answers["machine"] ?? ""
        if order.emulator.isEmpty, !order.architecture.machines.contains(machine) {
            return .targetDisagrees(
                host: order.host, target: order.architecture.target,
                reason: "uname -m says \(machine)")
        }
        return .slaveFailed(host: order.host, how: how, reason: reason)
    }

    private var isFull: Bool {
        let text = result.errorText
        // GNU tar tells a short write in words of its own, busybox in others.
        let words = ["No space left on device", "Disk quota exceeded", "Wrote only", "short write"]
        return words.contains { text.contains($0) }
    }

    /// In bytes.
    private var available: Int? {
        Answers(result.outputText).positive("available", orZero: true).map { $0 * 1_024 }
    }

    /// The first line of what went to the errors: what follows are consequences.
    private var lastWords: String { result.errorText.firstLine }
}
