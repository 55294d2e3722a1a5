import Console

/// The table at the end of a run: a row for each host, those that are alike in one. It is to fit in
/// 80 columns; what else is known of a host stands in the event log.
extension RunStatistics {
    /// Lines without a newline; none where no operation ended. Operations are counted that are done;
    /// those that failed are named below.
    public var table: [String] {
        guard ended > 0 else { return [] }
        let groups = Self.grouped(hosts)
        var table = TextTable()
        table.add("host")
        table.add("target")
        for title in ["workers", "operations", "busy", "sent", "retries"] {
            table.add(title, .right)
        }
        let lines = table.lines(groups.map(cells))
        return lines.prefix(1)
            + zip(lines.dropFirst(), groups).flatMap { line, group in
                let what = Self.whatHappened(group)
                return what.isEmpty ? [line] : [line, "  \(what)"]
            } + (failureLine.map { [$0] } ?? [])
    }

    private func cells(_ group: [Host]) -> [String] {
        let workers = group.reduce(0) { $0 + $1.workers }
        // A host that came late could not have been busy before.
        let present = group.reduce(0) { $0 + Double($1.workers) * (now - ($1.helloAt ?? now)) }
        let busy = group.reduce(0) { $0 + $1.busy }
        let share = present > 0 ? min(100, (busy * 100 / present).rounded()) : 0
        return [
            Self.folded(group.map(\.name)), group.first?.target ?? "", workers.grouped,
            group.reduce(0) { $0 + $1.operations }.grouped, "\(Int(share)) %",
            group.reduce(0) { $0 + $1.sent }.asBytes, group.reduce(0) { $0 + $1.retries }.grouped,
        ]
    }

    /// `1 worker crashed: render, killed by SIGSEGV; lost 2 times`
    private static func whatHappened(_ group: [Host]) -> String {
        var parts: [String] = []
        let crashes = group.reduce(into: [String: Int]()) { sum, host in
            sum.merge(host.crashes) { $0 + $1 }
        }
        for (how, count) in crashes.sorted(by: { $0.key < $1.key }) {
            parts.append("\(count) \(count == 1 ? "worker" : "workers") crashed: \(how)")
        }
        let failures = group.reduce(0) { $0 + $1.failures }
        if failures > 0 {
            parts.append("\(failures.grouped) \(failures == 1 ? "operation" : "operations") failed")
        }
        let losses = group.reduce(0) { $0 + $1.losses }
        if losses > 0 { parts.append(losses == 1 ? "lost once" : "lost \(losses) times") }
        if group.allSatisfy(\.hasLeft) { parts.append("left") }
        if group.allSatisfy({ $0.helloAt == nil }) { parts.append("never reached") }
        return parts.joined(separator: "; ")
    }

    // MARK: Hosts that are alike

    /// Neighbours whose names differ by a number only, with the same target, of which nothing is to
    /// be told.
    private static func grouped(_ hosts: [Host]) -> [[Host]] {
        var groups: [[Host]] = []
        for host in hosts {
            if let last = groups.last?.last, follows(host, last) {
                groups[groups.count - 1].append(host)
            } else {
                groups.append([host])
            }
        }
        return groups
    }

    private static func follows(_ host: Host, _ last: Host) -> Bool {
        guard host.target == last.target, whatHappened([host]).isEmpty,
            whatHappened([last]).isEmpty,
            let one = Numbered(last.name), let two = Numbered(host.name)
        else { return false }
        return one.head == two.head && one.tail == two.tail && two.number == one.number + 1
    }

    private static func folded(_ names: [String]) -> String {
        guard names.count > 1, let first = names.first.flatMap(Numbered.init),
            let last = names.last.flatMap(Numbered.init)
        else { return names.first ?? "" }
        return "\(first.head)[\(first.number)-\(last.number)]\(first.tail)"
    }

    /// A name around its last number: `pi`, 3, `.local`.
    private struct Numbered {
        var head: Substring
        var number: Int
        var tail: Substring

        init?(_ name: String) {
            guard let end = name.lastIndex(where: \.isASCIIDigit) else { return nil }
            let start = name[...end].lastIndex { !$0.isASCIIDigit }.map { name.index(after: $0) }
            let digits = name[(start ?? name.startIndex)...end]
            // A leading zero would be lost in the folded form.
            guard let number = Int(digits), digits.count == 1 || digits.first != "0" else {
                return nil
            }
            head = name[..<(start ?? name.startIndex)]
            self.number = number
            tail = name[name.index(after: end)...]
        }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
