import TestKit

/// What a program prints, in steps that a seed chooses, for TrialMaster's `screen`.
struct ScreenScript {
    private(set) var lines: [String] = []
    /// Files that the program waits for, in order, and the size that the terminal has from then on.
    private(set) var resizes: [(file: String, columns: Int, rows: Int)] = []
    /// Lines of the slave's log.
    private(set) var logs: [String] = []
    private var random: SeededNumbers
    private var columns: Int
    private let folder: String

    /// - Parameter folder: where the files are that it waits for.
    init(seed: UInt64, columns: Int, folder: String, pieces: Int, resizes: Bool) {
        random = SeededNumbers(seed)
        self.columns = columns
        self.folder = folder
        // tmux 3.3 forgets the cursor, and has it at 0,0, where a narrower screen pushes its row into
        // the history: that of the first rows, when what stands below them wraps.
        if resizes { write("out", Array(repeating: 0x0a, count: 60)[...]) }
        for piece in 0..<pieces {
            printText(piece)
            work()
            if resizes, random.chance(3) { resize() }
        }
        lines.append("work 2 1")
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private mutating func work() {
        switch random.below(4) {
        case 0: lines.append("work \(random.below(40) + 1) \(random.below(30))")
        case 1: lines.append("work 2 \(random.below(600))")
        case 2:
            logs.append("logged\(logs.count)-\(random.below(1000))")
            lines.append("log \(logs[logs.count - 1])")
        default: break
        }
    }

    private mutating func resize() {
        let file = "\(folder)/go\(resizes.count)"
        columns = 20 + random.below(181)
        // The live rows find a place above, however narrow they are.
        resizes.append((file, columns, 16 + random.below(40)))
        // tmux lets the program know some time later.
        lines.append("wait \(file) \(columns)")
    }

    private mutating func printText(_ number: Int) {
        let word = "<\(number):"
        switch random.below(9) {
        case 0: say("\(word)\(letters(random.below(3 * columns)))>\n")
        case 1: say("\(word)\(letters(random.below(columns)))")
        case 2: say("\(word)a\tb\tc>\n")
        case 3:
            for percent in 0..<(2 + random.below(3)) {
                say("\r\(word) \(percent * 10) %")
                work()
            }
            say(" done>\n")
        case 4: inPieces("\(word)漢字かな e\u{301}o\u{308} ☃ äöü>\n")
        case 5: inPieces("\u{1b}[1;3\(1 + random.below(6))m\(word)bold\u{1b}[0m plain>\n")
        case 6: say("\(word)gone\r\u{1b}[K\(word)new>\n")
        // A line that fills its row to the last column.
        case 7: say("\n" + letters(columns) + (random.chance(2) ? "\n" : ""))
        default:
            for line in 0..<(1 + random.below(40)) {
                say("\(word)\(line) \(letters(random.below(columns)))>\n")
            }
        }
    }

    private mutating func letters(_ count: Int) -> String {
        String((0..<count).map { Character(UnicodeScalar(UInt8(0x61 + $0 % 26))) })
    }

    /// Cut anywhere, in the midst of characters and sequences too.
    private mutating func inPieces(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = min(bytes.count, 1 + random.below(6))
            write("out", bytes.prefix(count))
            bytes = bytes.dropFirst(count)
            if random.chance(4) { work() }
        }
    }

    private mutating func say(_ text: String) {
        // C's buffer would come late where something is written past it.
        let way = ["out", "err", "out", "err", "child"][random.below(5)]
        write(way, Array(text.utf8)[...])
    }

    private mutating func write(_ way: String, _ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        lines.append("\(way) \(digits)")
    }
}

extension SeededNumbers {
    mutating func below(_ limit: Int) -> Int { limit < 1 ? 0 : Int(next() % UInt64(limit)) }

    /// Once in so many times.
    mutating func chance(_ count: Int) -> Bool { below(count) == 0 }
}
