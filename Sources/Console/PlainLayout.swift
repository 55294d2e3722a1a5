/// What live lines become where there is no terminal to draw them on (a log, CI), as a value.
///
/// A live line is printed when it changed and `interval` has passed since its last print, so that a
/// log stays short. One that changed too early waits for `refresh`.
struct PlainLayout {
    /// How long a live line waits before it is printed again, in seconds.
    static let interval = 5.0

    private struct Line {
        var key: String
        var text = ""
        var printed: String?
        var printedAt: Double
    }

    private var lines: [Line] = []

    /// Returns what to print now; empty where it is too early.
    mutating func update(_ key: String, _ text: String, now: Double) -> String {
        let index = place(of: key, now: now)
        lines[index].text = text
        return print(index, now: now)
    }

    /// Returns the lines that came too early, and whose time has come.
    mutating func refresh(now: Double) -> String {
        lines.indices.map { print($0, now: now) }.joined()
    }

    private mutating func print(_ index: Int, now: Double) -> String {
        let line = lines[index]
        guard line.printed != line.text, now - line.printedAt >= Self.interval else { return "" }
        lines[index].printed = line.text
        lines[index].printedAt = now
        return Self.row(line.key, line.text) + "\n"
    }

    /// Makes the line permanent and forgets it.
    mutating func finish(_ key: String, _ text: String) -> String {
        let already = lines.first { $0.key == key }?.printed
        remove(key)
        return already == text ? "" : Self.row(key, text) + "\n"
    }

    /// Forgets the line without a trace.
    mutating func remove(_ key: String) {
        lines.removeAll { $0.key == key }
    }

    private mutating func place(of key: String, now: Double) -> Int {
        if let index = lines.firstIndex(where: { $0.key == key }) { return index }
        lines.append(Line(key: key, printed: nil, printedAt: now))
        return lines.count - 1
    }

    static func row(_ key: String, _ text: String) -> String {
        // What follows a dot distinguishes live lines of one phase and is not shown.
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
