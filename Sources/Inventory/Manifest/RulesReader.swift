import Diagnostics

/// The part of a manifest that tells rules.
extension ManifestReader {
    mutating func rules(_ node: YAMLNode?) -> [Rule] {
        let entries = named(node, "rules", of: "rule")
        var makers: [String: String] = [:]
        // First all that they make: a rule may stand on another one behind it.
        for (name, node) in entries {
            let outputs = node.mapping?.first { $0.key.scalar?.string == "outputs" }?.value
            guard let list = outputs?.sequence else { continue }
            for output in list {
                guard let file = output.scalar.map({ Self.belowOut($0.string) }) else { continue }
                if let other = makers.updateValue(name, forKey: file) {
                    reader.fault(at: output, "'\(file)' is made by rule '\(other)' as well")
                }
            }
        }
        made = Set(makers.keys)
        let perTarget = entries.filter { Self.scope(of: $0.node) == Rule.Scope.target.rawValue }
        let namesPerTarget = Set(perTarget.map(\.name))
        var needs: [String: [Need]] = [:]
        let rules = entries.compactMap { name, node -> Rule? in
            var needed: [Need] = []
            let rule = rule(name, node) { file, place in
                if let maker = makers[Self.belowOut(file)] {
                    needed.append(Need(rule: maker, file: file, place: place))
                }
            }
            needs[name] = needed
            if rule?.scope == .once { checkOnce(name, needed, namesPerTarget) }
            return rule
        }
        checkCircles(entries.map(\.name), needs)
        return rules
    }

    /// What a rule takes from another one.
    private struct Need {
        var rule: String
        var file: String
        var place: YAMLNode
    }

    private static func scope(of node: YAMLNode) -> String? {
        node.mapping?.first { $0.key.scalar?.string == "for" }?.value.scalar?.string
    }

    private mutating func checkOnce(_ name: String, _ needed: [Need], _ perTarget: Set<String>) {
        for need in needed where perTarget.contains(need.rule) {
            reader.fault(
                at: need.place,
                "rule '\(name)' runs once, and '\(need.rule)' makes '\(need.file)' for each target",
                remedy: "for: target")
        }
    }

    /// Each circle is told once, at the input by which it is entered first.
    private mutating func checkCircles(_ names: [String], _ needs: [String: [Need]]) {
        var done: Set<String> = []
        for name in names where !done.contains(name) {
            var path: [Need] = []
            var circle: [Need]?
            func visit(_ rule: String) {
                done.insert(rule)
                for need in needs[rule] ?? [] where circle == nil {
                    path.append(need)
                    let isBack =
                        need.rule == name || path.dropLast().contains { $0.rule == need.rule }
                    if isBack {
                        let start = path.firstIndex { $0.rule == need.rule }
                        circle = Array(
                            path[(start == path.count - 1 ? 0 : start.map { $0 + 1 } ?? 0)...])
                    } else if !done.contains(need.rule) {
                        visit(need.rule)
                    }
                    path.removeLast()
                }
            }
            visit(name)
            guard let circle, let first = circle.first, let last = circle.last else { continue }
            let links = zip([last.rule] + circle.map(\.rule), circle).map { rule, need in
                "'\(rule)' needs '\(need.file)', which '\(need.rule)' makes"
            }
            reader.fault(at: first.place, "rules need each other in a circle", notes: links)
        }
    }

    /// - Parameter onInput: gets each input of the rule.
    private mutating func rule(
        _ name: String, _ node: YAMLNode, onInput: (String, YAMLNode) -> Void
    ) -> Rule? {
        let fields = reader.fields(
            of: node, in: "rule '\(name)'",
            known: ["for", "inputs", "outputs", "command", "depfile"],
            required: ["outputs", "command"])
        let scope: Rule.Scope = reader.choice(fields["for"], "for") ?? .once
        var inputs: [String] = []
        for (pattern, place) in reader.list(fields["inputs"], "inputs") {
            let found = files(pattern, "input", at: place).found
            for file in found { onInput(file, place) }
            inputs += found
        }
        let outputs = reader.list(fields["outputs"], "outputs")
        if let node = fields["outputs"], outputs.isEmpty, node.sequence != nil {
            reader.fault(at: node, "'outputs' is empty")
        }
        for (output, place) in outputs {
            if isUnbraced(output, "output", at: place) || isInside(Self.belowOut(output)) {
                continue
            }
            reader.fault(at: place, "output '\(output)' is no path below \(outDirectoryVariable)")
        }
        let command = command(fields["command"], scope)
        let depfile = reader.text(fields["depfile"], "depfile")
        if let depfile, let place = fields["depfile"],
            outputs.contains(where: { Self.belowOut($0.text) == Self.belowOut(depfile) })
        {
            reader.fault(at: place, "depfile '\(depfile)' is an output as well")
        }
        if let depfile, let place = fields["depfile"], !isInside(Self.belowOut(depfile)) {
            reader.fault(at: place, "depfile '\(depfile)' is no path below \(outDirectoryVariable)")
        }
        return Rule(
            name: name, scope: scope, inputs: inputs,
            outputs: outputs.map { Self.belowOut($0.text) }, command: command,
            depfile: depfile.map(Self.belowOut))
    }

    /// A name below `${OUT}`, which may stand in front of it.
    private static func belowOut(_ name: String) -> String {
        name.hasPrefix("\(outDirectoryVariable)/")
            ? String(name.dropFirst(outDirectoryVariable.count + 1)) : name
    }

    /// Whether a variable stands there without its braces, as in `$OUT/table.c`, which is told. A shell's
    /// line may have variables of its own under these names.
    mutating func isUnbraced(
        _ word: String, _ what: String, at place: YAMLNode, isShell: Bool = false
    ) -> Bool {
        for found in word.matches(of: /\$([A-Z]+)/) {
            let name = String(found.output.1)
            guard Rule.Variable(rawValue: name) != nil, !(isShell && word.contains("\(name)="))
            else { continue }
            reader.fault(
                at: place, "'$\(name)' has no braces",
                remedy: "write \"${\(name)}\", in quotes")
            return true
        }
        return false
    }

    /// A list, or a line for the shell.
    private mutating func command(_ node: YAMLNode?, _ scope: Rule.Scope) -> [String] {
        guard let node else { return [] }
        guard node.sequence != nil else {
            guard let line = reader.text(node, "command") else { return [] }
            // What else stands there in braces is the shell's.
            check(line, scope, isShell: true, at: node)
            return ["sh", "-ec", line]
        }
        let words = reader.list(node, "command")
        if node.sequence?.isEmpty ?? false { reader.fault(at: node, "'command' is empty") }
        for (word, place) in words { check(word, scope, isShell: false, at: place) }
        return words.map(\.text)
    }

    private mutating func check(
        _ word: String, _ scope: Rule.Scope, isShell: Bool, at place: YAMLNode
    ) {
        let known = Rule.Variable.allCases.map(\.rawValue)
        _ = isUnbraced(word, "word", at: place, isShell: isShell)
        for name in Rule.variables(in: word) {
            guard let variable = Rule.Variable(rawValue: name) else {
                if isShell { continue }
                reader.fault(
                    at: place, "unknown variable '${\(name)}'",
                    notes: ["known: \(known.joined(separator: ", "))"],
                    remedy: nearest(to: name, among: known).map { "did you mean '${\($0)}'?" })
                continue
            }
            guard variable.isOfTarget, scope == .once else { continue }
            reader.fault(
                at: place, "'${\(name)}' has a value for each target, and the rule runs once",
                remedy: "for: target")
        }
    }
}
