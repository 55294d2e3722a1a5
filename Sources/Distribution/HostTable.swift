import Console
import Diagnostics

/// Reports as a table of at most 80 columns.
public struct HostTable: Sendable {
    private let reports: [HostReport]

    public init(_ reports: [HostReport]) { self.reports = reports }

    /// Lines without trailing blanks, each ended by a newline.
    public var text: String {
        var table = TextTable()
        table.add("host", atMost: 18)
        table.add("target", atMost: 22)
        table.add("machine", atMost: 8)
        table.add("words", atMost: 9)
        table.add("cores", .right, atMost: 5)
        table.add("memory", .right, atMost: 8)
        return (table.lines(reports.map(row)) + footnote).map { $0 + "\n" }.joined()
    }

    private func row(_ report: HostReport) -> [String] {
        let head = [report.question.host, report.question.architecture.target]
        guard let facts = report.facts else { return head + [report.state] }
        let machine = facts.machine + (report.question.isEmulated ? "*" : "")
        return head + [
            machine, words(facts), facts.cores.map(String.init) ?? "?",
            facts.memory.map(Self.bytes) ?? "?",
        ]
    }

    private var footnote: [String] {
        reports.contains { $0.question.isEmulated } ? ["* runs its target in an emulator"] : []
    }

    private func words(_ facts: HostFacts) -> String {
        let bits = facts.wordBits.map(String.init)
        let order = facts.isBigEndian.map { $0 ? "big" : "little" }
        let known = [bits, order].compactMap { $0 }
        return known.isEmpty ? "?" : known.joined(separator: " ")
    }

    /// Memory in the units it is sold in: `512 MB`, `7.6 GB`.
    private static func bytes(_ count: Int) -> String {
        let megabytes = count >> 20
        if megabytes < 1_024 { return "\(megabytes) MB" }
        let tenths = (count >> 20) * 10 / 1_024
        return tenths >= 1_000 ? "\(tenths / 10) GB" : "\(tenths / 10).\(tenths % 10) GB"
    }
}
