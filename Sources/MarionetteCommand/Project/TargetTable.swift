import Console
import Inventory

/// What `marionette targets` prints: a row for each target, and below the table what needs words.
struct TargetTable {
    let statuses: [TargetStatus]

    var lines: [String] {
        let parts = [rows, choices, installations, refusals, workers, remarks].filter {
            !$0.isEmpty
        }
        return Array(parts.joined(separator: [""]))
    }

    /// Narrower than a terminal of 80 columns, where versions are as short as they mostly are.
    private var rows: [String] {
        var table = TextTable()
        for title in ["target", "machine", "bits", "workers", "built with"] { table.add(title) }
        return table.lines(
            statuses.map { status in
                let target = status.target
                let languages = status.languages.map(\.name).joined(separator: ", ")
                let more = target.machines.count - 1
                return [
                    target.name, (target.machines.first ?? "") + (more > 0 ? " +\(more)" : ""),
                    "\(target.wordBits) \(target.endianness.rawValue)",
                    languages.isEmpty ? "-" : languages, Self.toolchain(of: status),
                ]
            })
    }

    /// `zig 0.17.1`, `missing: zig or gcc`.
    private static func toolchain(of status: TargetStatus) -> String {
        if let chosen = status.toolchain { return chosen.told }
        let missing = status.options.filter { $0.toolchain == nil }
        let names = missing.map(\.recipe.toolchain.rawValue).joined(separator: " or ")
        return missing.isEmpty ? "nothing here can" : "missing: \(names)"
    }

    /// Why it is that toolchain, where a file names several; what several targets have in common stands
    /// once.
    private var choices: [String] {
        var said: [(text: String, names: [String])] = []
        for status in statuses {
            guard let text = Self.choice(of: status) else { continue }
            if let index = said.firstIndex(where: { $0.text == text }) {
                said[index].names.append(status.target.name)
            } else {
                said.append((text, [status.target.name]))
            }
        }
        let native = statuses.filter(\.isNative).map { "this machine is \($0.target.name)" }
        return native
            + said.flatMap { Self.wrapped("\($0.names.joined(separator: ", ")): \($0.text)") }
    }

    /// `gcc 12.2.0, since zig is missing`, `zig 0.17.1, before gcc 12.2.0`
    private static func choice(of status: TargetStatus) -> String? {
        guard let index = status.options.firstIndex(where: \.works),
            let chosen = status.options[index].toolchain, status.options.count > 1
        else { return nil }
        let before = status.options[..<index].map { option in
            "\(option.recipe.toolchain.rawValue) \(option.toolchain == nil ? "is missing" : "can't")"
        }
        let after = status.options[(index + 1)...].map { option in
            option.works ? option.toolchain?.told ?? "" : option.recipe.toolchain.rawValue
        }
        var text = chosen.told
        if !before.isEmpty { text += ", since \(before.joined(separator: " and "))" }
        if !after.isEmpty { text += ", before \(after.joined(separator: " and "))" }
        return text
    }

    /// Sentences in lines of at most 80 columns; what goes on is indented. Commands stay whole.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > 80 {
                lines.append(line)
                line = "  \(word)"
            } else {
                line += line.isEmpty ? "\(word)" : " \(word)"
            }
        }
        return lines + [line]
    }

    /// The commands that install what is missing, each with its targets.
    private var installations: [String] {
        var targets: [(remedy: String, names: [String])] = []
        func add(_ remedy: String, _ name: String) {
            if let index = targets.firstIndex(where: { $0.remedy == remedy }) {
                targets[index].names.append(name)
            } else {
                targets.append((remedy, [name]))
            }
        }
        for status in statuses {
            // Where something works, what is behind it would change nothing.
            let remedies = status.options.prefix { !$0.works }.compactMap(\.remedy)
            if !remedies.isEmpty { add(remedies.joined(separator: ", or "), status.target.name) }
            if let remedy = status.swift.remedy { add(remedy, "workers in Swift") }
        }
        return targets.map { remedy, names in
            "for \(names.count > 3 ? "\(names.count) targets" : names.joined(separator: ", ")): \(remedy)"
        }
    }

    /// Why toolchains that are here can't build a target.
    private var refusals: [String] {
        statuses.flatMap { status in
            status.options.flatMap { option -> [String] in
                guard let toolchain = option.toolchain, let reason = option.reason else {
                    return []
                }
                return Self.wrapped(
                    "\(status.target.name): \(toolchain.told) can't build it: \(reason)")
            }
        }
    }

    /// Why the column has no Swift where nobody can change that.
    private var workers: [String] {
        let reasons = statuses.compactMap { $0.target.endianness == .big ? $0.swift.reason : nil }
        return Set(reasons).sorted().flatMap { Self.wrapped("workers in C and C++ only: \($0)") }
    }

    /// What several targets say alike stands once.
    private var remarks: [String] {
        var said: [(text: String, names: [String])] = []
        for target in statuses.map(\.target) {
            for text in (target.floats.map { ["floats differ: \($0)"] } ?? []) + target.notes {
                if let index = said.firstIndex(where: { $0.text == text }) {
                    said[index].names.append(target.name)
                } else {
                    said.append((text, [target.name]))
                }
            }
        }
        return said.flatMap { Self.wrapped("\($0.names.joined(separator: ", ")): \($0.text)") }
    }
}

extension TargetStatus {
    /// In what workers can be written, as far as this machine can build them.
    var languages: [Manifest.Worker.Language] {
        guard let toolchain else { return [] }
        var languages: [Manifest.Worker.Language] = [.c]
        if toolchain.cxxPath != nil { languages.append(.cxx) }
        if case .buildable = swift { languages.append(.swift) }
        return languages
    }
}

extension SwiftStatus {
    var reason: String? { if case .onlyC(let reason) = self { reason } else { nil } }

    var remedy: String? { if case .missing(let remedy) = self { remedy } else { nil } }
}
