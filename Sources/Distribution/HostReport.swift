import Diagnostics
import Transport

/// What came of asking one host.
public struct HostReport: Sendable {
    public var question: HostSurvey.Question
    public var result: Result<HostFacts, DistributionError>

    public init(
        question: HostSurvey.Question, result: Result<HostFacts, DistributionError>
    ) {
        self.question = question
        self.result = result
    }

    public var facts: HostFacts? { try? result.get() }

    /// What is wrong with the host: it can't be used, or is not what the manifest declares.
    public var error: DistributionError? {
        switch result {
        case .failure(let error): return error
        case .success(let facts):
            if question.isEmulated { return nil }
            let (host, architecture) = (question.host, question.architecture)
            if let reason = architecture.disagreement(with: facts) {
                return .targetDisagrees(host: host, target: architecture.target, reason: reason)
            }
            return architecture.shortage(of: facts.processor).map { words in
                .processorLacks(host: host, target: architecture.target, words: words)
            }
        }
    }

    /// The error as the survey itself tells it: without the advice to make a survey.
    public var diagnostic: Diagnostic? {
        guard var diagnostic = error?.diagnostic else { return nil }
        if diagnostic.remedy == "marionette hosts" { diagnostic.remedy = nil }
        return diagnostic
    }

    /// In one or two words.
    public var state: String { error?.state ?? "ready" }

    /// Whether the host's key stands in a known-hosts file; nil where it was not seen, or there is
    /// none.
    public var isKeyKnown: Bool? {
        guard case .ssh = question.endpoint else { return nil }
        switch result {
        case .success, .failure(.notPOSIX), .failure(.transport(.authenticationFailed)),
            .failure(.transport(.shellFailed)):
            return true
        case .failure(.transport(.hostKeyUnknown)), .failure(.transport(.hostKeyChanged)),
            .failure(.transport(.hostKeyRevoked)):
            return false
        default: return nil
        }
    }
}

extension [HostReport] {
    /// 69 where a host is out of reach, else 78 where one is not what it is declared to be, else 0.
    public var exitCode: ExitCode {
        let codes = compactMap { $0.error?.exitCode }
        return codes.contains(.unreachable) ? .unreachable : codes.first ?? .done
    }
}
