/// What a board asks of the terminal's bridge, as it stands in the program's own output: an
/// application program command (ECMA-48), which no terminal shows.
///
///     ESC _ marionette ; VERB KEY US TEXT ESC \
///
/// In the output, so that it comes in order with what the program prints. The texts hold no control
/// character but tabs and, in a note, newlines.
enum BoardMessage: Equatable {
    case update(key: String, text: String)
    case finish(key: String, text: String)
    case remove(key: String)
    /// One or more permanent lines.
    case note(String)
    /// The same, after a signal: it is written over the terminal's `^C`.
    case interruption(String)
    /// Nothing is drawn from now on, but what is printed.
    case hide
    case show
    /// A byte is sent back when all that stands before it is on the terminal.
    case answer
    /// The same, and nothing of the live lines is left.
    case end

    static let head = Array("\u{1b}_marionette;".utf8)
    static let tail = Array("\u{1b}\\".utf8)
    private static let separator: Character = "\u{1f}"

    var bytes: [UInt8] {
        let (verb, key, text) = parts
        return Self.head + Array("\(verb)\(key)\(Self.separator)\(text)".utf8) + Self.tail
    }

    private var parts: (verb: Character, key: String, text: String) {
        switch self {
        case .update(let key, let text): ("u", key, text)
        case .finish(let key, let text): ("f", key, text)
        case .remove(let key): ("r", key, "")
        case .note(let text): ("n", "", text)
        case .interruption(let text): ("i", "", text)
        case .hide: ("h", "", "")
        case .show: ("s", "", "")
        case .answer: ("a", "", "")
        case .end: ("e", "", "")
        }
    }

    /// - Parameter body: what stands between head and tail.
    init?(_ body: some Collection<UInt8>) {
        let words = String(decoding: body, as: UTF8.self)
            .split(separator: Self.separator, maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, let verb = words[0].first else { return nil }
        let key = String(words[0].dropFirst())
        let text = String(words[1])
        switch verb {
        case "u": self = .update(key: key, text: text)
        case "f": self = .finish(key: key, text: text)
        case "r": self = .remove(key: key)
        case "n": self = .note(text)
        case "i": self = .interruption(text)
        case "h": self = .hide
        case "s": self = .show
        case "a": self = .answer
        case "e": self = .end
        default: return nil
        }
    }
}

/// Takes the messages of a board out of what a program prints, wherever they stand: also within a
/// character or a sequence that the program prints in pieces.
struct BoardStream {
    enum Piece: Equatable {
        case output([UInt8])
        case message(BoardMessage)
    }

    /// A longer one is none of ours.
    static let messageMax = 1 << 20

    /// The start of what may be a message.
    private var held: [UInt8] = []

    mutating func take(_ bytes: some Sequence<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        var output: [UInt8] = []
        for byte in bytes {
            if held.isEmpty, byte != 0x1b {
                output.append(byte)
                continue
            }
            if held.count < BoardMessage.head.count, byte != BoardMessage.head[held.count] {
                output += held
                held = []
                if byte == 0x1b { held = [byte] } else { output.append(byte) }
                continue
            }
            held.append(byte)
            if held.count >= Self.messageMax {
                output += end()
            } else if byte == UInt8(ascii: "\\"), held.dropLast().last == 0x1b,
                held.count >= BoardMessage.head.count + BoardMessage.tail.count
            {
                let body = held.dropFirst(BoardMessage.head.count).dropLast(2)
                if let message = BoardMessage(body) {
                    if !output.isEmpty { pieces.append(.output(output)) }
                    output = []
                    pieces.append(.message(message))
                } else {
                    output += held
                }
                held = []
            }
        }
        if !output.isEmpty { pieces.append(.output(output)) }
        return pieces
    }

    /// What was held back and will be no message any more.
    mutating func end() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
