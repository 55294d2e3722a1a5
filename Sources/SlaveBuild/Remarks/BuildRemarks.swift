import BuildGraph
import Foundation

/// What compilers and linkers say in one build, in the form in which it is shown: each remark once,
/// with the targets that it concerns.
///
/// What is said of a source waits until the last target has compiled it, or until nothing more is
/// started. The lines with places stay as compilers write them, since editors read them; the targets
/// stand in a line above them.
///
///     aarch64, s390x and 2 more:
///     worker/sum.c:3:5: warning: unused variable 'x' [-Wunused-variable]
public struct BuildRemarks: Sendable {
    private struct Said {
        var remark: Remark
        var groups: [String]
    }

    private struct Progress {
        var said: [Said] = []
        var ended = 0
        var running = 0
    }

    private let directory: String
    /// Without symbolic links: compilers name it so in what they say.
    private let realDirectory: String
    private let shownAs: String
    private let keepsGoing: Bool
    private var names: [String: Int] = [:]
    private var targets = 0
    private var progress: [String: Progress] = [:]
    /// In the order in which they began.
    private var order: [String] = []
    private var hasFailed = false
    private var shown: Set<String> = []

    /// - Parameters:
    ///   - directory: the project's, absolute.
    ///   - shownAs: what stands for it before a file's name; the current directory where it is ".".
    public init(directory: String, shownAs: String = ".", keepsGoing: Bool = false) {
        self.directory = directory
        realDirectory = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
        self.shownAs = shownAs == "." ? "" : shownAs.hasSuffix("/") ? shownAs : "\(shownAs)/"
        self.keepsGoing = keepsGoing
    }

    /// Takes an event into account. Returns what may be shown now.
    public mutating func apply(_ event: BuildEvent) -> [String] {
        switch event {
        case .waiting: return []
        case .planned(let groups, let names):
            self.names = names
            targets = groups.keys.count { BuildPart(group: $0).isTarget }
            return []
        case .started(let step, _):
            if progress[step.name] == nil { order.append(step.name) }
            progress[step.name, default: Progress()].running += 1
            return []
        case .upToDate(let step):
            if progress[step.name] == nil { order.append(step.name) }
            progress[step.name, default: Progress()].ended += 1
            return take { $0 == step.name }
        case .finished(let step, let outcome):
            progress[step.name, default: Progress()].running -= 1
            progress[step.name, default: Progress()].ended += 1
            switch outcome {
            case .succeeded(let output, _): keep(remarks(of: step, output), step)
            case .failed(let output, _):
                keep(Remark.all(in: output), step)
                hasFailed = true
            case .interrupted, .pretended: break
            }
            return take { _ in true }
        }
    }

    /// What still waits for a target, at the end of the build.
    public mutating func finish() -> [String] {
        order.flatMap { flush($0) }
    }

    private func remarks(of step: Step, _ output: String) -> [Remark] {
        step.isSwiftPM
            ? MasterOutput(directory: directory).warnings(in: output) : Remark.all(in: output)
    }

    private mutating func keep(_ remarks: [Remark], _ step: Step) {
        for var remark in remarks {
            remark.text = remark.text.replacing("\(directory)/", with: shownAs)
                .replacing("\(realDirectory)/", with: shownAs)
            let said = progress[step.name, default: Progress()].said
            if let index = said.firstIndex(where: { $0.remark.text == remark.text }) {
                guard !said[index].groups.contains(step.group) else { continue }
                progress[step.name]?.said[index].groups.append(step.group)
            } else {
                progress[step.name]?.said.append(Said(remark: remark, groups: [step.group]))
            }
        }
    }

    /// What is said of steps that have one of these names, and of which none will follow.
    private mutating func take(_ isCandidate: (String) -> Bool) -> [String] {
        let isStopping = hasFailed && !keepsGoing
        return order.filter(isCandidate).filter { name in
            guard let steps = progress[name], steps.running == 0 else { return false }
            return isStopping || steps.ended >= names[name] ?? 1
        }.flatMap { flush($0) }
    }

    private mutating func flush(_ name: String) -> [String] {
        guard let said = progress[name]?.said, !said.isEmpty else { return [] }
        progress[name]?.said = []
        var texts: [String] = []
        var last: [String]?
        for one in said where shown.insert(one.remark.text).inserted {
            if one.groups != last, let heading = heading(one.groups) {
                texts.append("\(heading):\n\(one.remark.text)")
            } else {
                texts.append(one.remark.text)
            }
            last = one.groups
        }
        return texts
    }

    /// nil where nothing is to be told apart.
    private func heading(_ groups: [String]) -> String? {
        if targets < 2 || groups.count == 1 && !BuildPart(group: groups[0]).isTarget { return nil }
        return groups.count == targets
            ? targets == 2 ? "both targets" : "all \(targets) targets" : groups.listed
    }
}

extension [String] {
    /// `a`, `a and b`, `a, b and c`, `a, b and 7 more`
    public var listed: String {
        switch count {
        case 0...1: joined()
        case 2...3: dropLast().joined(separator: ", ") + " and \(self[count - 1])"
        default: "\(self[0]), \(self[1]) and \(count - 2) more"
        }
    }
}
