import Console
import Debugging
import Diagnostics
import InterfaceCompiler
import Replaying
import RunRecords
import SlaveBuild

/// What came of an operation that was executed again, in words.
struct ReplayReport {
    let capsule: Capsule
    let model: InterfaceModel
    let outcome: ReplayOutcome
    /// Of a crash; nil: it is none.
    var crash: CrashText?

    init(
        _ capsule: Capsule, _ model: InterfaceModel, _ outcome: ReplayOutcome, target: String,
        paths: BuildPaths
    ) {
        self.capsule = capsule
        self.model = model
        self.outcome = outcome
        if case .died(_, let said?) = outcome {
            crash = CrashExplanation(said, target: target, paths: paths).text
        }
    }

    var lines: [String] { happened + [comparison] }

    var succeeded: Bool {
        guard case .result(let bytes) = outcome else { return false }
        if case .result(let recorded) = capsule.outcome { return bytes == recorded }
        return true
    }

    private var happened: [String] {
        switch outcome {
        case .result(let bytes): return ["it succeeded with \(resultText(bytes))"]
        case .failed(let reason): return ["it failed: \(reason)"]
        case .died(let how, _):
            guard let crash else { return [Self.death(how)] }
            return ["\(Self.death(how)): \(crash.cause)"] + crash.lines.map { "  \($0.neutral)" }
        case .refused(let reason): return ["the slave can't execute it: \(reason)"]
        case .updateFailed(let position, let reason):
            return ["the update at position \(position) failed before it: \(reason.neutral)"]
        case .lost(let how): return ["no answer came: \(how)"]
        }
    }

    /// `its worker was killed by SIGSEGV`, `its worker ended itself by exit(3)`
    private static func death(_ how: String) -> String {
        "its worker \(how.hasPrefix("killed") ? "was " : "")\(how)"
    }

    private func resultText(_ bytes: [UInt8]) -> String {
        guard let type = model.operation(capsule.procedure)?.procedure.result else {
            return "no result, as it is declared"
        }
        do throws(ValueFault) {
            let values = try ValueText.all([.result(type)], of: model, in: bytes)
            return values.first.map(\.text) ?? ""
        } catch {
            return "\(bytes.count.asBytes) that are no result: \(error)"
        }
    }

    private var comparison: String {
        let recorded =
            switch capsule.outcome {
            case .death(_, let how): Self.death(how.neutral)
            case .result(let bytes): "it succeeded with \(resultText(bytes))"
            }
        if outcome.isSame(as: capsule.outcome) { return "the same as in the run" }
        guard case (.result(let now), .result(let then)) = (outcome, capsule.outcome),
            let type = model.operation(capsule.procedure)?.procedure.result,
            let difference = try? ValueDifference.first(
                in: [.result(type)], of: model, then, now)
        else { return "not the same as in the run: there \(recorded)" }
        return "not the same as in the run: \(difference.path) was \(difference.left), "
            + "now it is \(difference.right)"
    }
}
