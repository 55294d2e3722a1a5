/// What the live lines look like, as a pure value: lines in order of appearance, and what to print
/// for each change.
///
/// On a terminal the live block is redrawn in place. Elsewhere (a log, CI) a live line is printed
/// when it changed and `plainInterval` has passed since its last print, so that a log stays short.
struct StatusLayout {
    /// How long a live line waits off a terminal before it is printed again, in seconds.
    static let plainInterval = 5.0
    /// How often the live block is redrawn on a terminal, in seconds.
    static let redrawInterval = 0.1

    struct Line: Equatable {
        var key: String
        var text: String
        var printed: String?
        var printedAt: Double
    }

    let isTerminal: Bool
    var columns: Int
    private(set) var lines: [Line] = []
    private var rowsOnScreen = 0
    private var drawnAt = -Double.infinity

    init(isTerminal: Bool, columns: Int) {
        self.isTerminal = isTerminal
        self.columns = columns
    }

    /// Returns the bytes to write now; empty where it is too early.
    mutating func update(_ key: String, _ text: String, now: Double) -> String {
        let index = place(of: key, now: now)
        lines[index].text = text
        guard !isTerminal else {
            guard now - drawnAt >= Self.redrawInterval else { return "" }
            return redraw(now: now)
        }
        let line = lines[index]
        guard line.printed != text, now - line.printedAt >= Self.plainInterval else { return "" }
        lines[index].printed = text
        lines[index].printedAt = now
        return Self.row(key, text) + "\n"
    }

    /// Makes the line permanent and forgets it.
    mutating func finish(_ key: String, _ text: String, now: Double) -> String {
        let already = lines.first { $0.key == key }?.printed
        lines.removeAll { $0.key == key }
        guard isTerminal else { return already == text ? "" : Self.row(key, text) + "\n" }
        return erase() + Self.row(key, text) + "\n" + redraw(now: now)
    }

    /// Forgets the line without a trace.
    mutating func remove(_ key: String, now: Double) -> String {
        lines.removeAll { $0.key == key }
        return isTerminal ? redraw(now: now) : ""
    }

    /// A permanent line above the live block.
    mutating func note(_ text: String, now: Double) -> String {
        isTerminal ? erase() + text + "\n" + redraw(now: now) : text + "\n"
    }

    private mutating func place(of key: String, now: Double) -> Int {
        if let index = lines.firstIndex(where: { $0.key == key }) { return index }
        lines.append(Line(key: key, text: "", printed: nil, printedAt: now))
        return lines.count - 1
    }

    /// Up to the block's first row and clear to the end of the screen.
    private mutating func erase() -> String {
        defer { rowsOnScreen = 0 }
        return rowsOnScreen == 0 ? "" : "\u{1b}[\(rowsOnScreen)A\u{1b}[J"
    }

    private mutating func redraw(now: Double) -> String {
        let cleared = erase()
        drawnAt = now
        rowsOnScreen = lines.count
        return cleared + lines.map { clipped(Self.row($0.key, $0.text)) + "\n" }.joined()
    }

    /// A row that wrapped would make the block taller than we count.
    private func clipped(_ row: String) -> String {
        row.count < columns ? row : String(row.prefix(max(1, columns - 2))) + "…"
    }

    static func row(_ key: String, _ text: String) -> String {
        // What follows a dot tells live lines of one phase apart and is not shown.
        let phase = String(key.prefix { $0 != "." })
        return phase.padding(to: 6) + " " + text
    }
}

extension String {
    /// Padded with spaces on the right; longer ones stay as they are.
    public func padding(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }

    /// Padded with spaces on the left; longer ones stay as they are.
    public func leftPadding(to width: Int) -> String {
        count >= width ? self : String(repeating: " ", count: width - count) + self
    }
}
