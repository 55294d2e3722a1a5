import Diagnostics

/// The part of a manifest that tells the hosts.
extension ManifestReader {
    private static let hostKeys = [
        "target", "via", "user", "port", "address", "workers", "emulator", "store",
    ]

    /// The hosts with their names unfolded; this machine where the manifest tells none.
    mutating func hosts(_ node: YAMLNode?) -> [HostEntry] {
        guard let node, !node.null else { return thisMachine(at: reader.file.root) }
        guard let mapping = node.mapping else {
            // The reader knows how to tell that these are no keys and values.
            _ = reader.fields(of: node, in: "'hosts'", known: [])
            return []
        }
        guard !mapping.isEmpty else { return thisMachine(at: node) }
        var hosts: [HostEntry] = []
        var lines: [String: Int] = [:]
        for (key, value) in mapping {
            guard let pattern = reader.text(key, "host"), let names = unfold(pattern, at: key)
            else {
                continue
            }
            let line = reader.file.place(of: key).line
            for name in names {
                if let first = lines.updateValue(line, forKey: name) {
                    reader.fault(
                        at: key, "host '\(name)' stands twice", notes: ["first in line \(first)"])
                }
            }
            hosts += entries(named: names, key: key, value: value)
            guard hosts.count <= InventoryLimits.hostsMax else {
                reader.fault(at: key, "more than \(InventoryLimits.hostsMax) hosts")
                return hosts
            }
        }
        return hosts
    }

    private mutating func thisMachine(at node: YAMLNode) -> [HostEntry] {
        guard let target = nativeTarget(for: "local", at: node) else { return [] }
        return [HostEntry(name: "local", target: target, via: .local)]
    }

    private mutating func nativeTarget(for host: String, at node: YAMLNode) -> String? {
        if let native = catalog.native {
            checkLanguage(of: host, target: native, at: node)
            return native.name
        }
        reader.fault(
            at: node,
            "host '\(host)': no target is for this machine, a \(TargetCatalog.machineHere)",
            notes: UnknownTarget.notes(among: catalog.names))
        return nil
    }

    mutating func unfold(_ pattern: String, at key: YAMLNode) -> [String]? {
        do throws(HostPattern.Fault) {
            let names = try HostPattern(pattern).names
            let isName = names.allSatisfy { name in
                name.utf8.allSatisfy { $0.isLetterOrDigit || "._-:".utf8.contains($0) }
                    && !name.hasPrefix("-")
            }
            if isName { return names }
            reader.fault(
                at: key, "'\(pattern)' is no host name",
                notes: ["letters, digits, '.', '_', '-' and ':'; folds as in pi[1-4]"])
        } catch {
            reader.fault(
                at: place(error, in: pattern, at: key), "host '\(pattern)': \(error.summary)")
        }
        return nil
    }

    /// The characters of the pattern that are at fault.
    private func place(_ fault: HostPattern.Fault, in pattern: String, at node: YAMLNode)
        -> SourcePlace
    {
        place(offset: fault.offset, length: fault.length, in: node)
    }

    /// Some characters of a text; all of it, where what is written is not the text itself.
    func place(offset: Int, length: Int, in node: YAMLNode) -> SourcePlace {
        var place = reader.file.place(of: node)
        guard let scalar = node.scalar else { return place }
        let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        let isEscaped = scalar.string.contains { "'\"\\\n\t".contains($0) }
        guard scalar.style == .plain || isQuoted && !isEscaped else { return place }
        place.column += offset + (isQuoted ? 1 : 0)
        place.length = length
        return place
    }

    private mutating func entries(named names: [String], key: YAMLNode, value: YAMLNode)
        -> [HostEntry]
    {
        let name = key.scalar?.string ?? ""
        let fields =
            value.null
            ? [:] : reader.fields(of: value, in: "host '\(name)'", known: Self.hostKeys)
        let via = via(fields["via"]) ?? .ssh
        let isLocal = if case .local = via { true } else { false }
        let target = target(fields["target"], of: name, isLocal: isLocal, key: key)
        let addresses = addresses(fields["address"], names: names)
        var entry = HostEntry(name: name, target: target ?? "")
        entry.user = reader.text(fields["user"], "user")
        entry.port = reader.number(fields["port"], "port", in: 1...65_535)
        entry.workers = reader.number(
            fields["workers"], "workers", in: 1...InventoryLimits.workersMax)
        entry.emulator = emulator(fields["emulator"])
        entry.store = store(fields["store"])
        if case .command(let words) = via {
            checkCommand(words, of: name, fields, at: fields["via"])
        }
        if isLocal {
            let withoutSSH = "it is reached without SSH"
            let useless = [
                ("user", withoutSSH), ("port", withoutSSH), ("address", withoutSSH),
                ("store", "its binary is executed where it was built"),
            ]
            for (key, reason) in useless {
                guard let node = fields[key] else { continue }
                reader.fault(
                    at: node, "'\(key)' means nothing for '\(name)': \(reason)",
                    remedy: "remove '\(key)', or 'via: local'")
            }
        }
        guard target != nil else { return [] }
        return names.enumerated().map { index, name in
            var host = entry
            host.name = name
            host.address = addresses.isEmpty ? nil : addresses[index]
            host.via = via.entry(for: host)
            return host
        }
    }

    private mutating func target(
        _ node: YAMLNode?, of host: String, isLocal: Bool, key: YAMLNode
    ) -> String? {
        guard let node else {
            if isLocal { return nativeTarget(for: host, at: key) }
            reader.fault(
                at: key, "host '\(host)' lacks the key 'target'",
                notes: UnknownTarget.notes(among: catalog.names),
                remedy: "'uname -m' on the host tells its architecture")
            return nil
        }
        guard let name = reader.text(node, "target") else { return nil }
        if let fault = catalog.faults[name] {
            fault.diagnostics.forEach { reader.add($0) }
            return nil
        }
        if let target = catalog.targets.first(where: { $0.name == name }) {
            checkLanguage(of: host, target: target, at: node)
            return name
        }
        reader.fault(
            at: node, "unknown target '\(name)'",
            notes: UnknownTarget.notes(among: catalog.names),
            remedy: UnknownTarget.remedy(name, among: catalog.names))
        return nil
    }

    /// A slave can only be built where the worker's language has what it stands on.
    private mutating func checkLanguage(of host: String, target: Target, at node: YAMLNode) {
        guard language == .swift, let reason = target.reasonForC else { return }
        reader.fault(
            at: node, "host '\(host)': workers in Swift can't be built for '\(target.name)'",
            notes: [reason],
            remedy: "write the worker in C ('language: c'), or leave this host out")
    }

    /// One address for each name; none where the manifest tells none or a fault was met.
    private mutating func addresses(_ node: YAMLNode?, names: [String]) -> [String] {
        guard let node, let pattern = reader.text(node, "address") else { return [] }
        guard let unfolded = unfold(pattern, at: node) else { return [] }
        guard unfolded.count == names.count else {
            reader.fault(
                at: node, "\(unfolded.count) addresses for \(names.count) hosts",
                remedy: "fold the address like the name, as in 10.0.0.[1-4]")
            return []
        }
        return unfolded
    }

    private mutating func emulator(_ node: YAMLNode?) -> [String] {
        guard let node else { return [] }
        if node.sequence != nil { return reader.list(node, "emulator").map(\.text) }
        return reader.text(node, "emulator").map { [$0] } ?? []
    }

    private mutating func store(_ node: YAMLNode?) -> String? {
        guard let node, let path = reader.text(node, "store") else { return nil }
        guard path.hasPrefix("/") || path.hasPrefix("~/") else {
            reader.fault(at: node, "store '\(path)' begins with neither '/' nor '~/'")
            return nil
        }
        return path
    }
}
