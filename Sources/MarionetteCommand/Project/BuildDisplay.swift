import BuildGraph
import Console
import SlaveBuild

/// The live line of a build: how far each target is, and what takes long. What compilers say is shown
/// above it while the build goes on.
///
///     build  aarch64 12/12   s390x 7/12  preparing the C library for s390x (first use)
struct BuildDisplay {
    fileprivate let board: StatusBoard
    private let explained: String?
    private let showsCommands: Bool
    private var progress = BuildProgress()
    private var remarks: BuildRemarks
    private var order: [String] = []
    private var masterWasCompiled = false
    private let start = ContinuousClock.now

    /// - Parameters:
    ///   - explained: give the reason of each step that runs, with paths below this directory
    ///     shortened.
    ///   - showsCommands: print each command where it starts.
    init(
        board: StatusBoard, remarks: BuildRemarks, explained: String? = nil,
        showsCommands: Bool = false
    ) {
        self.board = board
        self.remarks = remarks
        self.explained = explained
        self.showsCommands = showsCommands
    }

    mutating func show(_ event: BuildEvent) {
        progress.apply(event)
        if let compiled = event.masterWasCompiled { masterWasCompiled = compiled }
        switch event {
        case .waiting(let holder):
            board.note(holder.waitText("another build is at work in this directory"))
            return
        case .planned(let steps, _): order = steps.keys.sorted()
        case .started(let step, let reason):
            if let explained { board.note(step.told(reason, in: explained)) }
            if showsCommands { showCommand(of: step) }
        case .upToDate, .finished: break
        }
        remarks.apply(event).forEach(board.note)
        // While something runs, the count is what is looked at.
        if case .upToDate = event, !progress.isWorking { return }
        board.update("build", line)
    }

    private func showCommand(of step: Step) {
        guard case .command(let command) = step.action else { return }
        let words = command.arguments.map(shellQuoted).joined(separator: " ")
        board.note("\(step.told)\n  \(words)")
    }

    /// Replaces the live line by what was done: the steps that ran.
    mutating func finish() {
        remarks.finish().forEach(board.note)
        var parts = order.compactMap { group -> String? in
            let ran = progress.groups[group]?.ran ?? 0
            return BuildPart(group: group) != .master && ran > 0 ? "\(group) \(ran)" : nil
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

    /// Takes the live line away: what failed is shown.
    mutating func abandon() {
        remarks.finish().forEach(board.note)
        board.remove("build")
    }

    private var line: String {
        let parts = order.compactMap { group -> String? in
            guard let counts = progress.groups[group] else { return nil }
            switch BuildPart(group: group) {
            case .master: return counts.running.isEmpty ? nil : "master compiles"
            // The stubs are one quick step: told only while they are what is waited for.
            case .stubs: return counts.running.isEmpty ? nil : "stubs"
            case .rules, .target:
                let slow = counts.running.first(where: \.isSlow).map { "  \($0.name)" }
                return "\(group) \(counts.done)/\(counts.total)" + (slow ?? "")
            }
        }
        return parts.joined(separator: "   ")
    }
}

extension LockHolder {
    fileprivate func waitText(_ what: String) -> String {
        what + (process == nil ? "" : " (\(told))") + ": waiting until it ends"
    }
}

extension ApplicationBuild {
    /// Builds, and shows what happens until the end, whatever that is.
    func run(
        goals: [String] = [], showing display: BuildDisplay,
        onBundle: (BuiltSlave) -> Void = { _ in }
    ) async throws(SlaveBuildError) -> ApplicationProducts {
        var display = display
        var build = self
        build.onMasterWait = { [board = display.board] holder in
            board.note(holder.waitText("another project compiles its master"))
        }
        let refreshing = Task { [board = display.board] in
            while !Task.isCancelled {
                board.refresh()
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
        defer { refreshing.cancel() }
        do {
            let products = try await build.run(
                goals: goals, onEvent: { display.show($0) }, onBundle: onBundle)
            if isDryRun { display.abandon() } else { display.finish() }
            return products
        } catch {
            display.abandon()
            throw error
        }
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
func shellQuoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
            || (0x61...0x7a).contains(byte) || "-_./=,:+@%".utf8.contains(byte)
    }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
