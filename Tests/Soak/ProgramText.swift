import Scheduling

/// How a program reads, a line for each step.
extension SoakProgram {
    func text(of numbers: Set<Int>?) -> String {
        steps.filter { numbers?.contains($0.number) ?? true }
            .map { "  \($0.number). \($0.kind)" }.joined(separator: "\n")
    }
}

extension SoakProgram.Kind: CustomStringConvertible {
    var description: String {
        switch self {
        case .context(let update): update.description
        case .shared(let edits): edits.description
        case .operations(let operations): operations.description
        }
    }
}

extension SoakProgram.Content: CustomStringConvertible {
    var description: String {
        let kind = texture == 0 ? "noise" : texture == 1 ? "equal bytes" : "a pattern of \(texture)"
        return size == 0 ? "nothing" : "\(size) B of \(kind)"
    }
}

extension SoakProgram.Update: CustomStringConvertible {
    var description: String {
        let name = replacing.map { ["setFirst", "setSecond"][$0] } ?? "fold"
        return "context \(name), \(content)" + (microseconds > 0 ? ", \(microseconds) µs" : "")
            + (delay > 0 ? ", awaited \(delay) steps later" : "") + (fails ? ", fails" : "")
    }
}

extension SoakProgram.Edits: CustomStringConvertible {
    var description: String {
        let times = count > 1 ? ", \(count) times, an operation after each" : ""
        return "shared \(["bytes", "numbers", "text"][slot]), \(change): \(content)\(times)"
    }
}

extension SoakProgram.Operations: CustomStringConvertible {
    var description: String {
        let way =
            switch form {
            case .awaited: "awaited one by one"
            case .later(let steps): "in tasks, awaited \(steps) steps later"
            case .group: "in a task group"
            case .sequence(let paired, nil): paired ? "each, with arguments" : "each"
            case .sequence(_, let left?): "each, left after \(left) results"
            }
        var text = "\(count) \(kind) operations \(way); \(isMixed ? "up to " : "")\(content)"
        if sequences > 1 { text += ", in \(sequences) tasks at once" }
        if let updatedEach { text += ", an update each \(updatedEach) results" }
        if resultSize > 0 { text += ", results \(resultSize) B" }
        if microseconds > 0 { text += ", \(microseconds) µs" }
        if !reads.isEmpty { text += ", reads \(Array(reads))" }
        if let unsound {
            text +=
                ", number \(unsound.member) \(unsound.how) at \(first &+ UInt64(unsound.member))"
        }
        if let timeLimit { text += ", a deadline of \(timeLimit)" }
        if let cancelledAfter { text += ", cancelled after \(cancelledAfter) ms" }
        return text
    }
}
