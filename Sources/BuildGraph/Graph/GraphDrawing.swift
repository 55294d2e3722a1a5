/// A graph and what a build would do with it, as Graphviz draws them.
///
/// A box is a step, a group is a frame around its steps, an arrow goes from what is made first to what
/// needs it. A step that would run is coloured and says why; an arrow is dashed where the content does
/// not matter.
public struct GraphDrawing: Sendable {
    /// Shortens paths.
    public var shorten: @Sendable (String) -> String
    /// Draw the files that no step makes, too.
    public var showsSources: Bool

    public init(
        showsSources: Bool = false, shorten: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.showsSources = showsSources
        self.shorten = shorten
    }

    /// The text, in the language of dot(1).
    ///
    /// - Parameter verdicts: for each step of the graph what a build would do (see `Build.verdicts`).
    ///   nil: nobody asked.
    public func text(of graph: Graph, verdicts: [Verdict]? = nil) -> String {
        precondition(
            verdicts.map { $0.count == graph.steps.count } ?? true, "a verdict for each step")
        var lines = [
            "digraph build {", "  rankdir=LR;",
            "  node [shape=box, style=filled, fillcolor=white, fontname=\"sans-serif\"];",
        ]
        var groups: [String: [Int]] = [:]
        for (index, step) in graph.steps.enumerated() {
            groups[step.group, default: []].append(index)
        }
        for (number, (group, steps)) in groups.sorted(by: { $0.key < $1.key }).enumerated() {
            let isFramed = !group.isEmpty
            if isFramed {
                lines.append("  subgraph cluster_\(number) {")
                lines.append("    label=\(quoted(group));")
            }
            for step in steps {
                lines.append((isFramed ? "    " : "  ") + node(step, graph, verdicts?[step]))
            }
            if isFramed { lines.append("  }") }
        }
        for step in graph.steps.indices { lines += arrows(to: step, graph) }
        if showsSources { lines += sources(graph) }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    private func node(_ index: Int, _ graph: Graph, _ verdict: Verdict?) -> String {
        let step = graph.steps[index]
        var label = step.name
        var colour = ""
        switch verdict {
        case nil: break
        case .upToDate: colour = ", fillcolor=\"#d8f0d8\""
        case .runs(let reason):
            label += "\n" + reason.text(shorten: shorten)
            colour = ", fillcolor=\"\(Self.colour(of: reason))\""
        }
        let outputs = step.outputs.map(shorten).joined(separator: "\n")
        return "step\(index) [label=\(quoted(label)), tooltip=\(quoted(outputs))\(colour)];"
    }

    private static func colour(of reason: Reason) -> String {
        switch reason {
        case .failedBefore: "#f4c0c0"
        case .inputPending: "#fff4d0"
        case .decidesItself: "#e0e0e0"
        default: "#ffe0a0"
        }
    }

    private func arrows(to step: Int, _ graph: Graph) -> [String] {
        let read = Set(graph.inputs[step].compactMap { graph.producer(of: $0) })
        return graph.needs[step].sorted().map { need in
            "  step\(need) -> step\(step)" + (read.contains(Int(need)) ? ";" : " [style=dashed];")
        }
    }

    private func sources(_ graph: Graph) -> [String] {
        var seen: Set<FileNumber> = []
        var lines: [String] = []
        for step in graph.steps.indices {
            for (files, style) in [
                (graph.inputs[step], ""), (graph.orderOnly[step], " [style=dashed]"),
            ] {
                for file in files where graph.producer(of: file) == nil {
                    if seen.insert(file).inserted {
                        let name = shorten(graph.paths.path(file))
                        lines.append("  file\(file) [label=\(quoted(name)), shape=note];")
                    }
                    lines.append("  file\(file) -> step\(step)\(style);")
                }
            }
        }
        return lines
    }

    /// As a text of dot(1), where a backslash begins an escape.
    private func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }
}
