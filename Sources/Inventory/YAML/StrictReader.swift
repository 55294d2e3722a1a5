import Diagnostics

/// Reads values out of YAML nodes and collects every fault with its place, so that one pass tells
/// them all.
///
/// A function that meets a fault records it and returns nil. The caller goes on with its other keys
/// and calls `finish()` before it trusts what it has.
struct StrictReader {
    let file: YAMLFile
    private(set) var faults: [Diagnostic] = []

    init(file: YAMLFile) {
        self.file = file
        file.faults.forEach { add($0) }
    }

    mutating func fault(
        at place: SourcePlace, _ summary: String, notes: [String] = [], remedy: String? = nil
    ) {
        // Text of the file may have line feeds, a message has none.
        let line = summary.split(whereSeparator: \.isNewline).joined(separator: "\\n")
        add(Diagnostic(summary: line, place: place, notes: notes, remedy: remedy))
    }

    /// What is read twice, or is said of several hosts, is told once.
    mutating func add(_ fault: Diagnostic) {
        if faults.count < InventoryLimits.faultsMax, !faults.contains(fault) {
            faults.append(fault)
        }
    }

    mutating func fault(
        at node: YAMLNode, _ summary: String, notes: [String] = [], remedy: String? = nil
    ) {
        fault(at: file.place(of: node), summary, notes: notes, remedy: remedy)
    }

    /// Throws all faults, in order of their lines.
    func finish() throws(InventoryError) {
        guard !faults.isEmpty else { return }
        throw .faults(
            faults.enumerated().sorted { left, right in
                (left.element.place?.line ?? 0, left.offset)
                    < (right.element.place?.line ?? 0, right.offset)
            }.map(\.element))
    }

    /// The values of a mapping by key. Unknown and missing keys are faults; the known ones are
    /// still returned.
    mutating func fields(
        of node: YAMLNode, in name: String, known: [String], required: [String] = []
    ) -> [String: YAMLNode] {
        guard let mapping = node.mapping else {
            fault(at: node, "\(name) expects keys and values, not \(describe(node))")
            return [:]
        }
        var fields: [String: YAMLNode] = [:]
        for (key, value) in mapping {
            guard let text = key.scalar?.string, known.contains(text) else {
                unknown(key: key, in: name, known: known)
                continue
            }
            fields[text] = value
        }
        // As many as are shown: a file may have very many.
        let unknownKeys = mapping.lazy.compactMap { $0.key.scalar?.string }
            .prefix(InventoryLimits.faultsMax)
        for key in required where fields[key] == nil {
            // A misspelt key was told already; that it is missing as well would be noise.
            let misspelt = unknownKeys.contains { nearest(to: $0, among: known) == key }
            if !misspelt { fault(at: node, "\(name) lacks the key '\(key)'") }
        }
        return fields
    }

    private mutating func unknown(key: YAMLNode, in name: String, known: [String]) {
        // Nobody sees what more there is, and what may have been meant takes time to find out.
        guard faults.count < InventoryLimits.faultsMax else { return }
        guard let text = key.scalar?.string else {
            fault(at: key, "a key expects text, not \(describe(key))")
            return
        }
        fault(
            at: key, "unknown key '\(text)' in \(name)",
            notes: ["keys here: \(known.joined(separator: ", "))"],
            remedy: nearest(to: text, among: known).map { "did you mean '\($0)'?" })
    }

    mutating func text(_ node: YAMLNode?, _ name: String) -> String? {
        guard let node else { return nil }
        guard let scalar = node.scalar, node.isText else {
            let isNumber = node.int != nil || node.float != nil || node.bool != nil
            let quoted = isNumber ? node.scalar.map { "quote it: \"\($0.string)\"" } : nil
            fault(at: node, "'\(name)' expects text, not \(describe(node))", remedy: quoted)
            return nil
        }
        guard !scalar.string.isEmpty else {
            fault(at: node, "'\(name)' is empty")
            return nil
        }
        return scalar.string
    }

    mutating func number(_ node: YAMLNode?, _ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let node else { return nil }
        guard let value = node.int else {
            fault(at: node, "'\(name)' expects a number, not \(describe(node))")
            return nil
        }
        guard range.contains(value) else {
            fault(
                at: node,
                "'\(name)' is \(value), outside of \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    /// - Parameter alsoCalled: names by which others call a value: what is meant by them is known.
    mutating func choice<Value>(
        _ node: YAMLNode?, _ name: String, alsoCalled: [String: Value] = [:]
    ) -> Value?
    where Value: RawRepresentable<String> & CaseIterable {
        guard let node, let text = text(node, name) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let known = Value.allCases.map(\.rawValue)
        let meant = alsoCalled[text.lowercased()]?.rawValue ?? nearest(to: text, among: known)
        fault(
            at: node, "unknown \(name) '\(text)'",
            notes: ["known: \(known.joined(separator: ", "))"],
            remedy: meant.map { "did you mean '\($0)'?" })
        return nil
    }

    /// The texts of a list, each with its node.
    mutating func list(_ node: YAMLNode?, _ name: String) -> [(text: String, node: YAMLNode)] {
        guard let node else { return [] }
        guard let sequence = node.sequence else {
            fault(
                at: node, "'\(name)' expects a list, not \(describe(node))",
                remedy: node.scalar.map { "\(name): [\($0.string)]" })
            return []
        }
        return sequence.compactMap { element in text(element, name).map { ($0, element) } }
    }

    private func describe(_ node: YAMLNode) -> String {
        switch node.content {
        case .mapping: return "keys and values"
        case .sequence: return "a list"
        case .scalar(let scalar):
            if node.null { return "nothing" }
            if node.bool != nil { return "'\(scalar.string)'" }
            if node.int != nil || node.float != nil { return "the number \(scalar.string)" }
            return "'\(scalar.string)'"
        }
    }
}
