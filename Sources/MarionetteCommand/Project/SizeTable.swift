import Console
import SlaveBuild

/// What `marionette build --map` prints: a row for each program and target, in bytes.
struct SizeTable {
    let programs: [MeasuredProgram]

    var lines: [String] {
        var table = TextTable()
        table.add("target")
        table.add("program")
        for title in ["text", "data", "bss", "total", "change"] { table.add(title, .right) }
        return table.lines(
            programs.map { program in
                let sizes = program.sizes
                let change = program.before.map { sizes.total - $0.total }
                return [program.target, program.name]
                    + [sizes.text, sizes.data, sizes.bss, sizes.total].map(\.grouped)
                    + [
                        change.map {
                            $0 > 0 ? "+\($0.grouped)" : $0 < 0 ? "-\((-$0).grouped)" : "="
                        } ?? ""
                    ]
            })
    }
}
