/// What a terminal shows while something works, as a value: what a program prints, and below it the
/// live lines. It turns changes into bytes for the terminal.
///
/// The cursor stays where the program left it, and the live lines stand in the rows under the
/// cursor's. So all that takes them away is to clear what is below the cursor, whatever a terminal
/// made of them when its size changed; what somebody types appears where it would without them; and
/// a program's next byte goes where it belongs.
///
/// Permanent lines of ours never cut one of the program: while that has not ended they are drawn
/// with the live ones.
struct TerminalScreen {
    /// How often changed live lines are drawn, in seconds.
    static let redrawInterval = 0.1
    /// How long a permanent line waits for the end of the program's where it can't be drawn, in
    /// seconds.
    static let usualPatience = 1.0
    /// So many permanent lines wait at most.
    static let waitingMax = 100

    private struct Line {
        var key: String
        var text: String
    }

    private(set) var columns: Int
    private(set) var rows: Int
    private let patience: Double
    private var lines: [Line] = []
    /// Permanent lines that wait for the end of the program's line, and since when.
    private var waiting: [String] = []
    private var waitingSince: Double?
    private var cursor = OutputCursor()
    private var isHidden = false
    private var isLeft = false
    private var rowsDrawn = 0
    private var isStale = false
    private var drawnAt = -Double.infinity
    private var bytes: [UInt8] = []

    init(columns: Int, rows: Int, patience: Double = usualPatience) {
        (self.columns, self.rows, self.patience) = (columns, rows, patience)
    }

    // MARK: What happens

    /// The program prints.
    mutating func print(_ output: some Sequence<UInt8>) {
        erase()
        for byte in output {
            bytes.append(byte)
            cursor.follow(byte)
            if !waiting.isEmpty, canInsert { insertWaiting() }
        }
    }

    mutating func apply(_ message: BoardMessage, now: Double) {
        switch message {
        case .update(let key, let text): update(key, text)
        case .finish(let key, let text):
            lines.removeAll { $0.key == key }
            note(PlainLayout.row(key, text), now: now)
        case .remove(let key):
            lines.removeAll { $0.key == key }
            if lines.isEmpty { erase() }
        case .note(let text): note(text, now: now)
        case .interruption(let text):
            // The terminal has written ^C where the cursor is.
            if canInsert {
                erase()
                bytes.append(0x0d)
            }
            note(text, now: now)
        case .hide:
            erase()
            isHidden = true
        case .show: isHidden = false
        case .end: end()
        case .answer: break
        }
        isStale = true
    }

    mutating func resize(columns: Int, rows: Int) {
        guard (columns, rows) != (self.columns, self.rows) else { return }
        if columns != self.columns, cursor.isMidLine {
            erase()
            cursor.lose()
        }
        (self.columns, self.rows) = (columns, rows)
        isStale = true
        drawnAt = -Double.infinity
    }

    /// Takes the live lines away, and prints what waited.
    mutating func end() {
        erase()
        lines = []
        insertWaiting()
    }

    /// The program is gone, and did not end its display: no live line comes any more. A shell may
    /// have written since, and so the cursor may stand in the row of one.
    mutating func leave() {
        isLeft = true
        if rowsDrawn > 0 { write("\u{1b}[K") }
        end()
    }

    private mutating func update(_ key: String, _ text: String) {
        if let index = lines.firstIndex(where: { $0.key == key }) {
            lines[index].text = text
        } else {
            lines.append(Line(key: key, text: text))
        }
    }

    private mutating func note(_ text: String, now: Double) {
        waiting += text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        waitingSince = waitingSince ?? now
        if canInsert || waiting.count > Self.waitingMax && cursor.isBetweenCharacters {
            insertWaiting()
        }
    }

    // MARK: What is written

    /// The bytes to write since the last call.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// When `draw` is to be called; nil: not before something happens.
    var nextDrawing: Double? {
        let patienceEnds = waitingSince.map { $0 + patience }
        guard canDraw, isStale, !lines.isEmpty || !waiting.isEmpty else { return patienceEnds }
        // What was taken away for the program's output comes back with it.
        return rowsDrawn == 0 ? -Double.infinity : drawnAt + Self.redrawInterval
    }

    /// Whether it is not long ago that the lines were drawn.
    func isFresh(_ now: Double) -> Bool { now - drawnAt < Self.redrawInterval }

    mutating func draw(now: Double) {
        let isPatient = waitingSince.map { now - $0 < patience } ?? true
        if !isPatient, !canDraw, cursor.isBetweenCharacters { insertWaiting() }
        guard canDraw, isStale else { return }
        drawnAt = now
        isStale = false
        let shown = drawnLines
        guard !shown.isEmpty else { return erase() }
        // Rows for them, made by scrolling where the cursor stands low.
        let down = String(repeating: "\u{1b}D", count: shown.count)
        // Nothing wraps: the terminal may have become narrower than is known here.
        write("\(down)\u{1b}[\(shown.count)A\u{1b}7\u{1b}[m\u{1b}[?7l")
        for (index, text) in shown.enumerated() {
            write("\u{1b}[B\r\(text)\(index < shown.count - 1 ? "\u{1b}[K" : "\u{1b}[J")")
        }
        write("\u{1b}[?7h\u{1b}8")
        rowsDrawn = shown.count
    }

    /// What is shown below the cursor: the live lines before permanent ones that wait.
    private var drawnLines: [String] {
        let room = max(1, rows / 2)
        let live = lines.prefix(room).map { clipped(PlainLayout.row($0.key, $0.text)) }
        return waiting.suffix(room - live.count).map(clipped) + live
    }

    /// A row that wrapped would take two.
    private func clipped(_ row: String) -> String {
        var text = ""
        var width = 0
        for scalar in row.unicodeScalars {
            width += scalar.isASCII ? 1 : 2
            guard width < columns - 1 else { return text + "…" }
            text.unicodeScalars.append(scalar == "\t" ? " " : scalar)
        }
        return text
    }

    private var canInsert: Bool {
        !cursor.isMidLine && cursor.isBetweenCharacters
    }

    private var canDraw: Bool {
        !isHidden && !isLeft && rows > 2 && columns > 2 && cursor.canReturn(columns: columns)
    }

    private mutating func insertWaiting() {
        waitingSince = nil
        guard !waiting.isEmpty else { return }
        erase()
        if cursor.isMidLine { write("\r\n") }
        if !cursor.style.isEmpty { write("\u{1b}[m") }
        for line in waiting { write("\(line)\r\n") }
        bytes += cursor.style
        waiting = []
        cursor.startRow()
    }

    private mutating func erase() {
        guard rowsDrawn > 0 else { return }
        rowsDrawn = 0
        isStale = true
        if cursor.columnsTaken > 0, !cursor.hasGoneBack, cursor.style.isEmpty {
            // Only what moves no cursor keeps one that is about to wrap.
            write("\u{1b}[J")
        } else {
            write(Self.clearBelow)
        }
    }

    /// Clears the rows below the cursor's. Not from the cursor: tmux takes what stands below a
    /// cursor in the corner for a whole screen, and keeps it in its history.
    static let clearBelow = "\u{1b}D\u{1b}[A\u{1b}7\u{1b}[m\u{1b}[B\r\u{1b}[J\u{1b}8"

    private mutating func write(_ text: String) { bytes += text.utf8 }
}
