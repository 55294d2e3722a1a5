import Console

/// The lines of a run that goes on, and of its end, each without a newline.
extension RunStatistics {
    /// `render 1,204/3,600 33 %     about 6 s left, 412/s, 5 hosts, 18 workers`: what a narrow terminal
    /// cuts is what changes least.
    public func progressLine(workers: Int) -> String {
        var done = "\(procedure) \(ended.grouped)"
        if total > 0 {
            done += "/\(total.grouped) \(ended * 100 / total) %"
        }
        let present = hosts.count { $0.helloAt != nil }
        var facts: [String] = []
        if let remaining { facts.append("about \(remaining.asSeconds) left") }
        if rate > 0 { facts.append(Self.rate(rate)) }
        if failed > 0 { facts.append("\(failed.grouped) failed") }
        facts += [counted(present, "host"), counted(workers, "worker")]
        return done.padding(to: 28) + " " + facts.joined(separator: ", ")
    }

    /// `pi1 118/s  pi2 121/s  mainframe 12/s`; nil for one host.
    public var rateLine: String? {
        let rates = hosts.filter { $0.rate > 0 }.map { "\($0.name) \(Self.rate($0.rate))" }
        return rates.count > 1 ? rates.joined(separator: "  ") : nil
    }

    /// `3,600 operations in 8.7 s, 414/s`; where some failed, `; 2 more failed` follows.
    public var closingLine: String {
        let executed = operations - recalled
        let speed = now > 0 ? ", \(Self.rate(Double(executed) / now))" : ""
        let known = recalled > 0 ? ", \(recalled.grouped) of them from the journal" : ""
        let others = failed > 0 ? "; \(failed.grouped) more failed" : ""
        return "\(counted(operations, "operation"))\(known) in \(now.asSeconds)\(speed)\(others)"
    }

    /// `failed: 1 by its own word, 2 killed their workers (marionette crash list), 1 passed its deadline`;
    /// nil: none did.
    public var failureLine: String? {
        let parts = RunFailureKind.allCases.compactMap { kind in
            failures[kind].map { count in
                let advice = kind == .poisoned ? " (marionette crash list)" : ""
                return "\(count.grouped) \(kind.text(isOne: count == 1))\(advice)"
            }
        }
        return parts.isEmpty ? nil : "failed: " + parts.joined(separator: ", ")
    }

    private static func rate(_ rate: Double) -> String {
        rate < 9.95 ? "\(rate.fixed(1))/s" : "\(Int(rate.rounded()).grouped)/s"
    }

    private func counted(_ count: Int, _ noun: String) -> String {
        "\(count.grouped) \(noun)\(count == 1 ? "" : "s")"
    }
}

extension RunFailureKind {
    fileprivate func text(isOne: Bool) -> String {
        switch self {
        case .failed: isOne ? "by its own word" : "by their own word"
        case .poisoned: isOne ? "killed its workers" : "killed their workers"
        case .deadlinePassed: isOne ? "passed its deadline" : "passed their deadlines"
        case .fateUnknown: "may have been executed"
        }
    }
}
