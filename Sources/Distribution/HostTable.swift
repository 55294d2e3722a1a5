import Diagnostics

/// Reports as a table of at most 80 columns.
public struct HostTable: Sendable {
    private let reports: [HostReport]

    private static let headings = ["host", "target", "machine", "words", "cores", "memory"]
    private static let widthsMax = [18, 22, 8, 9, 5, 8]
    private static let gap = "  "

    public init(_ reports: [HostReport]) { self.reports = reports }

    /// Lines without trailing blanks, each ended by a newline.
    public var text: String {
        let rows = [Self.headings] + reports.map { row($0).map(\.neutral) }
        let widths = Self.headings.indices.map { column in
            // A state stands in the place of all facts, and widens none of their columns.
            let cells = rows.filter { $0.count == Self.headings.count }.map { $0[column].count }
            let first = rows.map { $0[min(column, 1)].count }
            let widest = (column < 2 ? first : cells).max() ?? 0
            return min(widest, Self.widthsMax[column])
        }
        let lines = rows.map { line($0, widths) } + footnote
        return lines.map { $0 + "\n" }.joined()
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

    private func line(_ row: [String], _ widths: [Int]) -> String {
        let cells = row.enumerated().map { column, cell in
            let isState = row.count < Self.headings.count && column == row.count - 1
            if isState { return cell }
            let width = widths[column]
            let shown = cell.count > width ? cell.prefix(width - 1) + "…" : cell
            let blanks = String(repeating: " ", count: max(0, width - shown.count))
            return column < 4 ? shown + blanks : blanks + shown
        }
        let text = cells.joined(separator: Self.gap)
        let end = text.lastIndex { $0 != " " }.map { text.index(after: $0) } ?? text.startIndex
        return String(text[..<end])
    }

    /// Memory in the units it is sold in: `512 MB`, `7.6 GB`.
    private static func bytes(_ count: Int) -> String {
        let megabytes = count >> 20
        if megabytes < 1_024 { return "\(megabytes) MB" }
        let tenths = (count >> 20) * 10 / 1_024
        return tenths >= 1_000 ? "\(tenths / 10) GB" : "\(tenths / 10).\(tenths % 10) GB"
    }
}
