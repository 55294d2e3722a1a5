import Diagnostics

/// Which of a manifest's hosts a command is for.
///
/// A pattern is a list with commas of names as the manifest has them: folds (`pi[1-4,7]`, `n[01-12]`),
/// `*` for any characters, `?` for one, and `!` before what is left out. Who names nothing means all
/// hosts. Each name must exist: one that was mistyped, and left out nothing, would cost more.
public struct HostSelection: Hashable, Sendable {
    /// Patterns, of which a host matches one at least; none, or exclusions alone: any host.
    public var hosts: [String]
    /// Patterns of hosts that are left out.
    public var excluded: [String]
    /// Names of targets, with `*` and `?`, of which a host has one; none: any.
    public var targets: [String]
    /// This machine's own alone: `via: local`.
    public var areLocal: Bool

    public init(
        hosts: [String] = [], excluded: [String] = [], targets: [String] = [],
        areLocal: Bool = false
    ) {
        self.hosts = hosts
        self.excluded = excluded
        self.targets = targets
        self.areLocal = areLocal
    }

    public var isAll: Bool { self == HostSelection() }

    /// - Returns: those that are meant, in their order; never none.
    public func selected(from hosts: [HostEntry]) throws(HostSelectionError) -> [HostEntry] {
        if isAll { return hosts }
        let items = try items()
        let names = hosts.map(\.name)
        var named: Set<String> = []
        var left: Set<String> = []
        for item in items {
            let matching = try item.matching(names)
            if item.isExcluded { left.formUnion(matching) } else { named.formUnion(matching) }
        }
        let areAllMeant = items.allSatisfy(\.isExcluded)
        let targetNames = Set(hosts.map(\.target))
        var isTargetMeant = Set(targetNames)
        if !targets.isEmpty {
            isTargetMeant = []
            for target in targets {
                let found = targetNames.filter { NamePattern(target).matches($0) }
                guard !found.isEmpty else {
                    throw .unknownTarget(target, known: targetNames.sorted())
                }
                isTargetMeant.formUnion(found)
            }
        }
        let meant = hosts.filter { host in
            (areAllMeant || named.contains(host.name)) && !left.contains(host.name)
                && isTargetMeant.contains(host.target) && (!areLocal || host.via == .local)
        }
        guard !meant.isEmpty else { throw .nothingLeft(known: names) }
        return meant
    }

    /// A part of a pattern between commas.
    private struct Item {
        var text: String
        var isExcluded: Bool
        /// Unfolded.
        var names: [String]

        func matching(_ hosts: [String]) throws(HostSelectionError) -> Set<String> {
            let known = Set(hosts)
            var matching: Set<String> = []
            var missing: [String] = []
            for name in names {
                let pattern = NamePattern(name)
                let found =
                    pattern.isLiteral
                    ? known.contains(name) ? [name] : [] : hosts.filter(pattern.matches)
                if found.isEmpty { missing.append(name) }
                matching.formUnion(found)
            }
            guard missing.isEmpty else { throw .unknownHosts(missing, known: hosts) }
            return matching
        }
    }

    private func items() throws(HostSelectionError) -> [Item] {
        var items: [Item] = []
        for (patterns, areExcluded) in [(hosts, false), (excluded, true)] {
            for pattern in patterns {
                for part in Self.parts(of: pattern) {
                    let isNegated = part.first == "!"
                    let text = String(isNegated ? part.dropFirst() : part)
                    guard !text.isEmpty else { throw .invalid(pattern, "a name is missing") }
                    let names: [String]
                    do throws(HostPattern.Fault) {
                        names = try HostPattern(text).names
                    } catch {
                        throw .invalid(pattern, error.summary)
                    }
                    items.append(
                        Item(text: text, isExcluded: isNegated || areExcluded, names: names))
                }
            }
        }
        return items
    }

    /// Split at the commas that are in no fold.
    private static func parts(of pattern: String) -> [Substring] {
        var depth = 0
        return pattern.split(omittingEmptySubsequences: false) { character in
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            return character == "," && depth <= 0
        }
    }
}

/// A name with `*` for any characters and `?` for one.
private struct NamePattern {
    private let characters: [Character]

    init(_ text: String) { characters = Array(text) }

    var isLiteral: Bool { !characters.contains { $0 == "*" || $0 == "?" } }

    func matches(_ name: String) -> Bool { SourceGlob.match(characters, Array(name)) }
}

/// Hosts that were named, and are not there.
public enum HostSelectionError: DiagnosticError, Hashable {
    /// The pattern, and what is wrong with it.
    case invalid(String, String)
    case unknownHosts([String], known: [String])
    case unknownTarget(String, known: [String])
    case nothingLeft(known: [String])

    public var exitCode: ExitCode { .usage }

    public var diagnostic: Diagnostic {
        switch self {
        case .invalid(let pattern, let summary):
            Diagnostic(
                summary: "'\(pattern)' names no hosts: \(summary)",
                remedy: "write it as in --hosts 'pi[1-4],xeon' or --hosts 'pi*,!pi3'")
        case .unknownHosts(let names, let known):
            Diagnostic(
                summary: names.count == 1
                    ? "no host of marionette.yaml is named '\(names[0])'"
                    : "no hosts of marionette.yaml are named \(Self.list(names.map { "'\($0)'" }))",
                notes: ["hosts: \(Self.list(foldedHostNames(known)))"],
                remedy: nearest(to: names[0], among: known).map { "did you mean '\($0)'?" })
        case .unknownTarget(let target, let known):
            Diagnostic(
                summary: "no host of marionette.yaml has the target '\(target)'",
                notes: ["targets: \(Self.list(known))"],
                remedy: nearest(to: target, among: known).map { "did you mean '\($0)'?" })
        case .nothingLeft(let known):
            Diagnostic(
                summary: "the selection leaves no host",
                notes: ["hosts: \(Self.list(foldedHostNames(known)))"],
                remedy: "leave out one of --hosts, --exclude, --target and --local")
        }
    }

    /// At most eight, in one line.
    private static func list(_ words: [String]) -> String {
        let more = words.count - 8
        return words.prefix(8).joined(separator: ", ") + (more > 0 ? ", and \(more) more" : "")
    }
}
