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
        switch result.ending {
        case .untold: return .transport(.lost(host: host, reason: "no status came"))
        case .exited(status: 64):
            return .toolMissing(host: host, tool: answers["tool"] ?? "tar")
        case .exited(status: 65): return .verificationFailed(host: host, reason: reason)
        case .exited(status: 73) where !isFull:
            return .storeNotWritable(host: host, store: store, reason: reason)
        case _ where isFull:
            return .storeFull(
                host: host, store: store, needed: order.bundle.size,
                available: answers.positive("available").map { $0 * 1_024 })
        case .exited(status: 74) where answers["unpacked"] == nil:
            return .unpackFailed(host: host, reason: reason)
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
        return text.contains("No space left on device") || text.contains("Disk quota exceeded")
    }

    /// The first line of what went to the errors: what follows are consequences.
    private var lastWords: String { result.errorText.firstLine }
}
