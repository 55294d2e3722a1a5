import Diagnostics

/// Columns of text for a terminal, two blanks apart.
public struct TextTable: Sendable {
    public enum Side: Sendable { case left, right }

    private struct Column: Sendable {
        var title: String
        var side: Side
        var widthMax: Int
    }

    private var columns: [Column] = []

    public init() {}

    /// A column more.
    ///
    /// - Parameters:
    ///   - title: stands in the first line.
    ///   - side: where cells begin or end.
    ///   - widthMax: longer cells are cut.
    public mutating func add(_ title: String, _ side: Side = .left, atMost widthMax: Int = .max) {
        columns.append(Column(title: title, side: side, widthMax: widthMax))
    }

    /// The titles and a line for each row, without blanks at their ends.
    ///
    /// - Parameter rows: a row with fewer cells than columns ends with a remark, which has the place of
    ///   all that is missing and makes no column wider.
    public func lines(_ rows: [[String]]) -> [String] {
        let rows = [columns.map(\.title)] + rows.map { $0.map(\.neutral) }
        let widths = columns.indices.map { number in
            let cells = rows.compactMap { row in
                number < row.count - (row.count < columns.count ? 1 : 0) ? row[number].count : nil
            }
            return min(cells.max() ?? 0, columns[number].widthMax)
        }
        return rows.map { row in
            let cells = row.enumerated().map { number, cell in
                if row.count < columns.count, number == row.count - 1 { return cell }
                let width = widths[number]
                let shown = cell.count > width ? cell.prefix(width - 1) + "…" : cell
                return columns[number].side == .left
                    ? shown.padding(to: width) : shown.leftPadding(to: width)
            }
            let line = cells.joined(separator: "  ")
            return String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count))
        }
    }
}
