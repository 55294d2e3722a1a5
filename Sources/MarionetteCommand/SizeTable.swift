import Console
import SlaveBuild

/// What `marionette build --map` prints: a row for each program and target, in bytes.
struct SizeTable {
    let programs: [MeasuredProgram]

    var lines: [String] {
        var rows = [["target", "program", "text", "data", "bss", "total", "change"]]
        rows += programs.map { program in
            let sizes = program.sizes
            let change = program.before.map { sizes.total - $0.total }
            return [program.target, program.name]
                + [sizes.text, sizes.data, sizes.bss, sizes.total].map(\.grouped)
                + [
                    change.map { $0 > 0 ? "+\($0.grouped)" : $0 < 0 ? "-\((-$0).grouped)" : "=" }
                        ?? ""
                ]
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            // Where nothing is known of a change, the line ends before it.
            row.indices.filter { $0 < 6 || !row[$0].isEmpty }.map { column in
                column < 2
                    ? row[column].padding(to: widths[column])
                    : row[column].leftPadding(to: widths[column])
            }.joined(separator: "  ")
        }
    }
}
