import TestKit
import Testing

@testable import Console

@Suite struct TextTableTests {
    @Test func `columns are as wide as they must be, and a remark reaches over the rest`() {
        var table = TextTable()
        table.add("host", atMost: 8)
        table.add("state")
        table.add("size", .right, atMost: 6)
        #expect(
            table.lines([
                ["pi1", "ready", "12"], ["a-long-name", "", "1,234,567"],
                ["pi2", "can't be reached at this time"], ["\u{1b}[31mred", "ok", ""],
            ]) == [
                "host      state    size", "pi1       ready      12",
                "a-long-…         1,234…", "pi2       can't be reached at this time",
                "?[31mred  ok",
            ])
    }

    @Test(arguments: seedsOfThisRun(10))
    func `every cell stands in its column, whatever the others are`(seed: UInt64) {
        var random = SeededNumbers(seed)
        var table = TextTable()
        let count = random.within(1...6)
        let sides = (0..<count).map { _ in random.below(2) == 0 ? TextTable.Side.left : .right }
        let limits = sides.map { _ in random.within(1...12) }
        for number in sides.indices {
            table.add("t\(number)", sides[number], atMost: limits[number])
        }
        let rows = (0..<random.below(20)).map { _ in
            sides.map { _ in String(repeating: "x", count: random.below(15)) }
        }
        let lines = table.lines(rows)
        #expect(lines.count == rows.count + 1)
        let all = [sides.indices.map { "t\($0)" }] + rows
        let widths = sides.indices.map { n in min(limits[n], all.map { $0[n].count }.max() ?? 0) }
        for (row, line) in zip(all, lines) {
            #expect(line.last != " ", "seed \(seed)")
            var rest = line.padding(to: widths.reduce(0, +) + 2 * (count - 1))[...]
            for number in sides.indices {
                let cell = String(rest.prefix(widths[number]))
                rest = rest.dropFirst(widths[number] + 2)
                let trimmed = cell.drop { $0 == " " }
                let isCut = row[number].count > widths[number]
                #expect(
                    String(trimmed.prefix { $0 != " " })
                        == (isCut ? row[number].prefix(widths[number] - 1) + "…" : row[number]),
                    "seed \(seed): \(line)")
                if !row[number].isEmpty {
                    #expect(
                        (sides[number] == .left ? cell.first : cell.last) != " ", "seed \(seed)")
                }
            }
        }
    }
}
