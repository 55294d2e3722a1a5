import Diagnostics
import Foundation

/// What stands for the directory of what rules make.
public let outDirectoryVariable = "${OUT}"

/// The part of a manifest that names sources and what becomes of them.
extension ManifestReader {
    static let codeKeys = ["sources", "flags", "link-flags", "libraries"]

    /// - Parameter language: that of a worker; nil: no worker's code.
    mutating func code(
        _ fields: [String: YAMLNode], of language: Manifest.Worker.Language? = nil,
        _ known: [Library]
    ) -> Code {
        let names = known.map(\.name)
        let libraries = reader.list(fields["libraries"], "libraries")
        for (name, node) in libraries where !names.contains(name) {
            checkSystemLibrary(name, at: node, names)
        }
        return Code(
            sources: sources(fields["sources"], of: language),
            flags: options(fields["flags"], "flags"),
            linkFlags: options(fields["link-flags"], "link-flags"),
            libraries: libraries.map(\.text))
    }

    /// A name for `-l`: what looks like a file or an option is none.
    private mutating func checkSystemLibrary(_ name: String, at node: YAMLNode, _ known: [String]) {
        let plain = name.hasPrefix("-l") ? String(name.dropFirst(2)) : name
        let isName =
            !plain.isEmpty && !plain.hasPrefix("-")
            && plain.utf8.allSatisfy { $0.isLetterOrDigit || "._+-:".utf8.contains($0) }
        if plain != name, isName {
            reader.fault(
                at: node, "'\(name)' is an option", remedy: "libraries: [\(plain)]")
        } else if name.hasPrefix("-") {
            reader.fault(
                at: node, "'\(name)' is an option, and no name of a library",
                remedy: "options for the link: link-flags: [\"\(name)\"]")
        } else if name.contains("/") || name.hasSuffix(".a") {
            reader.fault(
                at: node, "'\(name)' is a file, and no name of a library",
                remedy: "list it in 'sources', or name it in the manifest's 'libraries'")
        } else if !isName {
            reader.fault(
                at: node, "'\(name)' is no name of a library",
                notes: ["letters, digits, '.', '_', '+', '-' and ':'"])
        }
    }

    private mutating func sources(
        _ node: YAMLNode?, of language: Manifest.Worker.Language?
    ) -> [String] {
        guard let node else { return [] }
        if let list = node.sequence, list.isEmpty { reader.fault(at: node, "'sources' is empty") }
        var all: Set<String> = []
        for (pattern, place) in reader.list(node, "sources") {
            let (found, isLiteral) = files(pattern, "source", at: place)
            if let odd = found.first(where: {
                RegularFile.otherKind("\(directory)/\($0)") != nil
            }), let kind = RegularFile.otherKind("\(directory)/\(odd)") {
                reader.fault(at: place, "'\(odd)' is \(kind)")
            }
            let other = found.first { file in
                SourceKind(of: file).map { ($0 == .swift) != (language == .swift) } ?? true
            }
            if let other { noSource(other, of: language, isLiteral: isLiteral, at: place) }
            all.formUnion(found)
        }
        if all.count > InventoryLimits.sourcesMax {
            reader.fault(at: node, "more than \(InventoryLimits.sourcesMax) source files")
        }
        return all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The files that a pattern names, or what a rule makes; what matches nothing is a fault.
    mutating func files(
        _ pattern: String, _ what: String, at place: YAMLNode
    ) -> (found: [String], isLiteral: Bool) {
        if pattern.hasPrefix(outDirectoryVariable + "/") {
            checkMade(pattern, at: place)
            return ([pattern], true)
        }
        if isUnbraced(pattern, what, at: place) { return ([], true) }
        let glob = SourceGlob(pattern)
        guard !glob.leavesDirectory, !pattern.hasPrefix("/") else {
            reader.fault(at: place, "\(what) '\(pattern)' lies outside of the project")
            return ([], true)
        }
        let found = glob.matches(in: directory, max: InventoryLimits.sourcesMax)
        if found.isEmpty {
            if glob.isLiteral {
                _ = existing(pattern, at: place)
            } else {
                reader.fault(at: place, "no file matches '\(pattern)'")
            }
        }
        return (found, glob.isLiteral)
    }

    /// `${OUT}/NAME` is an output of a rule.
    private mutating func checkMade(_ file: String, at place: YAMLNode) {
        let name = String(file.dropFirst(outDirectoryVariable.count + 1))
        guard !made.contains(name) else { return }
        reader.fault(
            at: place, "no rule makes '\(file)'",
            notes: made.isEmpty ? [] : ["made: \(made.sorted().joined(separator: ", "))"],
            remedy: nearest(to: name, among: made.sorted())
                .map { "did you mean '\(outDirectoryVariable)/\($0)'?" })
    }

    private mutating func noSource(
        _ file: String, of language: Manifest.Worker.Language?, isLiteral: Bool, at place: YAMLNode
    ) {
        let kind = SourceKind(of: file)
        if language == .swift {
            let meant = kind == .c ? "language: c" : kind == .cxx ? "language: c++" : nil
            return reader.fault(
                at: place, "'\(file)' is no Swift source",
                remedy: isLiteral ? meant : "let the pattern end in '.swift'")
        }
        if kind == .swift {
            return reader.fault(
                at: place, "'\(file)' is in Swift",
                notes: language == nil ? ["Swift is for workers alone"] : [],
                remedy: language == nil || !isLiteral ? nil : "language: swift")
        }
        let known = SourceKind.allCases.filter { $0 != .swift }.flatMap(\.suffixes)
        reader.fault(
            at: place, "'\(file)' is no source",
            notes: ["sources end in \(known.joined(separator: ", "))"],
            remedy: isLiteral ? nil : "let the pattern end in '\(language == .cxx ? ".cc" : ".c")'")
    }

    /// A list, or lists by what they count for.
    mutating func options(_ node: YAMLNode?, _ name: String) -> Options {
        guard let node else { return [] }
        guard let mapping = node.mapping else { return Options(arguments(node, name)) }
        let languages = [SourceKind.c, .cxx, .assembly].map(\.rawValue)
        let words = [Options.always] + languages + Profile.allCases.map(\.rawValue)
        let known = words + catalog.names
        var groups: [Options.Group] = []
        for (key, value) in mapping {
            guard let condition = reader.text(key, name) else { continue }
            guard known.contains(condition) else {
                reader.fault(
                    at: key, "'\(condition)' is neither a language, a profile nor a target",
                    notes: ["known: \(words.joined(separator: ", "))"]
                        + UnknownTarget.notes(among: catalog.names),
                    remedy: (Manifest.Worker.Language.otherNames[condition]?.rawValue
                        ?? UnknownTarget.meant(condition, among: known))
                        .map { "did you mean '\($0)'?" })
                continue
            }
            groups.append(
                Options.Group(
                    condition: condition == Options.always ? nil : condition,
                    values: arguments(value, condition)))
        }
        return Options(groups: groups)
    }

    private mutating func arguments(_ node: YAMLNode, _ name: String) -> [String] {
        let list = reader.list(node, name)
        for (text, place) in list where ["-Wl", "-Wa", "-Wp"].contains(text) {
            reader.fault(
                at: place, "'\(text)' is not complete: a comma begins the next value of a list",
                remedy: "quote the whole: \"\(text),…\"")
        }
        return list.map(\.text)
    }
}
