import BuildGraph
import Console
import SlaveBuild

/// The live line of a build: how far each target is, and what takes long. Failures are shown whole
/// when they happen.
///
///     build  aarch64 12/12   s390x 7/12  preparing the C library for s390x (first use)
struct BuildDisplay {
    private let board: StatusBoard
    private let explained: String?
    private var progress = BuildProgress()
    private var order: [String] = []
    private var masterWasCompiled = false
    private let start = ContinuousClock.now

    /// - Parameter explained: tell the reason of each step that runs, with paths below this
    /// directory shortened.
    init(board: StatusBoard, explained: String? = nil) {
        self.board = board
        self.explained = explained
    }

    mutating func show(_ event: BuildEvent) {
        progress.apply(event)
        if let compiled = event.masterWasCompiled { masterWasCompiled = compiled }
        switch event {
        case .planned(let steps): order = steps.keys.sorted()
        case .upToDate: return
        case .started(let step, let reason):
            if let explained { board.note(step.told(reason, in: explained)) }
        case .finished(let step, .failed(let output, let status)):
            board.note(failure(step, output: output, status: status))
        case .finished: break
        }
        board.update("build", line)
    }

    /// Replaces the live line by what was done: the steps that ran.
    func finish() {
        var parts = order.compactMap { group -> String? in
            let ran = progress.groups[group]?.ran ?? 0
            return group != "master" && ran > 0 ? "\(group) \(ran)" : nil
        }
        if masterWasCompiled { parts.append("master") }
        let seconds = ContinuousClock.now - start
        let time =
            Double(seconds.components.seconds) + Double(seconds.components.attoseconds) * 1e-18
        board.finish(
            "build",
            parts.isEmpty
                ? "nothing to do" : "\(parts.joined(separator: "   "))   in \(time.asSeconds)")
    }

    /// Takes the live line away: what failed was told.
    func abandon() { board.remove("build") }

    private var line: String {
        let parts = order.compactMap { group -> String? in
            guard let counts = progress.groups[group] else { return nil }
            if group == "master" { return counts.running.isEmpty ? nil : "master compiles" }
            // The stubs are one quick step: told only while they are what is waited for.
            if group == "stubs" { return counts.running.isEmpty ? nil : "stubs" }
            let preparing = counts.running.first { $0.hasPrefix("preparing") }
            return "\(group) \(counts.done)/\(counts.total)" + (preparing.map { "  \($0)" } ?? "")
        }
        return parts.joined(separator: "   ")
    }

    private func failure(_ step: Step, output: String, status: String) -> String {
        var lines = ["failed \(step.told) (\(status))"]
        if case .command(let command) = step.action {
            lines.append("  " + command.arguments.map(shellQuoted).joined(separator: " "))
        }
        let text = output.last == "\n" ? String(output.dropLast()) : output
        if !text.isEmpty { lines.append(text) }
        return lines.joined(separator: "\n")
    }
}

extension Step {
    /// The step in a line of its own.
    var told: String { "\(group): \(name)" }

    /// The step and why it runs.
    func told(_ reason: Reason, in directory: String) -> String {
        let text = reason.text { path in
            path.hasPrefix(directory + "/") ? String(path.dropFirst(directory.count + 1)) : path
        }
        return "\(told): \(text)"
    }
}

/// A word as a shell reads it back.
private func shellQuoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
            || (0x61...0x7a).contains(byte) || "-_./=,:+@%".utf8.contains(byte)
    }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
