import Diagnostics

/// How a host is reached, as the manifest says it: `ssh`, `local`, `{ command: [WORD, …] }`.
enum ViaText {
    case ssh
    case local
    case command([CommandTemplate])

    /// The way to one host.
    func entry(for host: HostEntry) -> HostEntry.Via {
        switch self {
        case .ssh: .ssh
        case .local: .local
        case .command(let words):
            .command(
                words.map { word in
                    word.expanded { field in
                        switch field {
                        case .host: host.name
                        case .address: host.address ?? host.name
                        // What is not there is a fault by now.
                        case .user: host.user ?? ""
                        case .port: host.port.map { String($0) } ?? ""
                        }
                    }
                })
        }
    }
}

extension ManifestReader {
    private enum Name: String, CaseIterable { case ssh, local, command }

    private static let example = #"via: { command: [ssh, "{host}"] }"#

    /// nil: as ssh does, or a fault was met.
    mutating func via(_ node: YAMLNode?) -> ViaText? {
        guard let node else { return nil }
        guard node.mapping == nil else { return command(node) }
        let name: Name? = reader.choice(node, "via")
        switch name {
        case nil: return nil
        case .ssh: return .ssh
        case .local: return .local
        case .command:
            reader.fault(at: node, "'via: command' names no command", remedy: Self.example)
            return nil
        }
    }

    private mutating func command(_ node: YAMLNode) -> ViaText? {
        let fields = reader.fields(of: node, in: "'via'", known: ["command"], required: ["command"])
        guard let list = fields["command"] else { return nil }
        let words = reader.list(list, "command")
        if list.sequence?.isEmpty == true {
            reader.fault(at: list, "'command' is empty", remedy: Self.example)
        }
        let templates = words.compactMap { word in
            do throws(CommandTemplate.Fault) { return try CommandTemplate(word.text) } catch {
                refuse(error, at: word.node)
                return nil
            }
        }
        return templates.isEmpty || templates.count < words.count ? nil : .command(templates)
    }

    private mutating func refuse(_ fault: CommandTemplate.Fault, at node: YAMLNode) {
        let place = place(offset: fault.offset, length: fault.length, in: node)
        guard let name = fault.name else {
            return reader.fault(
                at: place, "'{' has no '}'", remedy: "write '{{' where one '{' is meant")
        }
        let known = CommandTemplate.Field.allCases
        let meant = nearest(to: name, among: known.map(\.rawValue))
        reader.fault(
            at: place, "'{\(name)}' stands for nothing of a host",
            notes: ["known: \(known.map(\.inBraces).joined(separator: ", "))"],
            remedy: meant.map { "did you mean '{\($0)}'?" } ?? "write '{{' where one '{' is meant")
    }

    /// What the command says and what stands beside it must go together.
    mutating func checkCommand(
        _ words: [CommandTemplate], of host: String, _ fields: [String: YAMLNode], at via: YAMLNode?
    ) {
        let used = words.reduce(into: Set<CommandTemplate.Field>()) { $0.formUnion($1.fields) }
        for field in [CommandTemplate.Field.user, .port] where used.contains(field) {
            guard let via, fields[field.rawValue] == nil else { continue }
            reader.fault(
                at: via,
                "host '\(host)': its command has '\(field.inBraces)', and it has no "
                    + "'\(field.rawValue)'",
                remedy: "write '\(field.rawValue):' beside 'via', or leave "
                    + "'\(field.inBraces)' out")
        }
        for field in [CommandTemplate.Field.user, .port, .address] where !used.contains(field) {
            guard let node = fields[field.rawValue] else { continue }
            reader.fault(
                at: node,
                "'\(field.rawValue)' means nothing for '\(host)': its command does not use it",
                remedy: "write '\(field.inBraces)' into the command, or remove "
                    + "'\(field.rawValue)'")
        }
    }
}
