/// Follows what a program prints, as far as others must know where it left the terminal's cursor.
///
/// It knows no screen: only an upper bound of the columns that the row of the cursor has taken, so
/// that neither the width of a character nor where a line wraps has to be known.
struct OutputCursor {
    private enum State {
        case text
        case escape
        /// After `ESC (` and the like: one more byte.
        case designation
        /// After `ESC [`.
        case control
        /// After `ESC ]`, `ESC P` and the like, up to BEL or `ESC \`.
        case string
        case stringEscape
    }

    /// Whether something stands in the row that no newline ended.
    private(set) var isMidLine = false
    /// The program moves the cursor about the screen itself: nothing below it is ours any more.
    private(set) var isSteered = false
    /// The sequences that make the colours that are set; empty where it is none.
    private(set) var style: [UInt8] = []
    /// At most so many columns of the row are taken.
    private(set) var columnsTaken = 0

    /// Something may stand in the row to the right of the cursor: the program went back.
    private(set) var hasGoneBack = false

    private var state = State.text
    private var sequence: [UInt8] = []
    /// Bytes that the character which has begun still lacks.
    private var continuations = 0
    /// Nothing is known of the row until the line ends.
    private var isLost = false

    static let styleMax = 256
    static let sequenceMax = 64

    /// Whether no character and no sequence is half printed.
    var isBetweenCharacters: Bool { state == .text && continuations == 0 }

    /// Whether the cursor can be moved away and put back: not where the next character would wrap,
    /// which terminals forget.
    func canReturn(columns: Int) -> Bool {
        isBetweenCharacters && !isSteered && !isLost && columnsTaken < columns
    }

    /// The terminal's width changed: the row may be another, or full to its last column.
    mutating func lose() {
        if isMidLine { isLost = true }
    }

    /// A line of somebody else stands above, and the cursor at the start of a row.
    mutating func startRow() {
        isMidLine = false
        isLost = false
        hasGoneBack = false
        columnsTaken = 0
    }

    mutating func follow(_ byte: UInt8) {
        switch state {
        case .text: text(byte)
        case .escape: escape(byte)
        case .designation: state = .text
        case .control: control(byte)
        case .string:
            if byte == 0x1b { state = .stringEscape }
            if byte == 0x07 { state = .text }
        case .stringEscape: state = byte == UInt8(ascii: "\\") ? .text : .string
        }
    }

    private mutating func text(_ byte: UInt8) {
        if byte & 0xc0 == 0x80 {
            continuations = max(0, continuations - 1)
            return
        }
        continuations = 0
        switch byte {
        case 0x0a: startRow()
        case 0x0d:
            columnsTaken = 0
            isLost = false
            hasGoneBack = isMidLine
        case 0x08: hasGoneBack = isMidLine
        case 0x09: take(8)
        case 0x1b:
            state = .escape
            sequence = [byte]
        case ..<0x20, 0x7f: break
        case ..<0x7f: take(1)
        default:
            take(2)
            continuations = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1
        }
    }

    private mutating func take(_ columns: Int) {
        isMidLine = true
        // More than any terminal has is as good as all of it.
        columnsTaken = min(columnsTaken + columns, 1 << 20)
    }

    private mutating func escape(_ byte: UInt8) {
        state = .text
        switch byte {
        case UInt8(ascii: "["):
            state = .control
            sequence.append(byte)
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"),
            UInt8(ascii: "_"):
            state = .string
        case 0x20...0x2f: state = .designation
        // Save, restore, index, next line, reverse index, reset.
        case UInt8(ascii: "7"), UInt8(ascii: "8"), UInt8(ascii: "D"), UInt8(ascii: "E"),
            UInt8(ascii: "M"), UInt8(ascii: "c"):
            isSteered = true
        default: break
        }
    }

    private mutating func control(_ byte: UInt8) {
        if sequence.count < Self.sequenceMax { sequence.append(byte) }
        guard (0x40...0x7e).contains(byte) else {
            if byte == 0x1b { state = .escape }
            return
        }
        state = .text
        switch byte {
        case UInt8(ascii: "m"): setStyle()
        // Erase, insert and delete; what a terminal is asked; modes but those that move the cursor.
        case UInt8(ascii: "J"), UInt8(ascii: "K"), UInt8(ascii: "X"), UInt8(ascii: "P"),
            UInt8(ascii: "@"), UInt8(ascii: "c"), UInt8(ascii: "n"), UInt8(ascii: "q"),
            UInt8(ascii: "t"):
            break
        case UInt8(ascii: "h"), UInt8(ascii: "l"):
            if Self.steeringModes.contains(Array(sequence[2...].dropLast())) { isSteered = true }
        // Along the row.
        case UInt8(ascii: "C"), UInt8(ascii: "D"), UInt8(ascii: "G"), UInt8(ascii: "`"):
            isMidLine = true
            isLost = true
        default: isSteered = true
        }
    }

    private static let steeringModes = ["?6", "?7", "?47", "?1047", "?1048", "?1049"].map {
        Array($0.utf8)
    }

    private mutating func setStyle() {
        let parameters = sequence[2...].dropLast()
        if parameters.isEmpty || Array(parameters) == [UInt8(ascii: "0")] {
            style = []
        } else if style.count + sequence.count <= Self.styleMax {
            style += sequence
        }
    }
}
