import Diagnostics

/// A line that a host's shell prints into both streams just before it becomes a command: what stands
/// before it is not the command's, but a login file's that prints.
///
/// No text can have it by chance, and none that was written beforehand on purpose.
struct StartMark {
    let number: String

    init() { number = String(UInt64.random(in: UInt64.min...UInt64.max), radix: 16) }

    private static let word = "marionette-"

    var line: [UInt8] { Array("\(Self.word)\(number)\n".utf8) }

    /// Prints the line where the number is the shell's parameter `parameter`. It is not spelt out, since
    /// a shell may be told to print what it executes. The errors come first: who has read the one in the
    /// output can have the other too.
    static func printing(_ parameter: String) -> String {
        "echo \(word)\(parameter) >&2;echo \(word)\(parameter)"
    }
}

/// What comes on a stream up to a mark.
struct Prelude {
    private let mark: [UInt8]
    /// What came before the mark.
    private(set) var text: [UInt8] = []
    /// What came behind it and nobody has taken yet.
    private(set) var rest: ArraySlice<UInt8> = []
    /// The mark came.
    private(set) var isOver = false

    /// The most that may come before the mark.
    static let textMax = 64 << 10

    init(until mark: [UInt8]) { self.mark = mark }

    /// More came than anybody waits for, whether the mark came behind it or not.
    var isTooLong: Bool { text.count > Self.textMax + (isOver ? 0 : mark.count) }

    mutating func append(_ bytes: some Collection<UInt8>) {
        precondition(!isOver, "what comes behind the mark belongs to the command")
        // The mark may have begun in the bytes before.
        let begin = max(0, text.count - mark.count + 1)
        text += bytes
        guard let found = text[begin...].firstRange(of: mark) else { return }
        rest = text[found.upperBound...]
        text = Array(text[..<found.lowerBound])
        isOver = true
    }

    /// Forgets the oldest of what came, if that is more than anybody wants to know.
    mutating func shorten() {
        if isTooLong { text.removeFirst(text.count - Self.textMax / 2) }
    }

    /// No mark will come: all that came is the command's.
    mutating func giveUp() {
        rest = text[...]
        text = []
        isOver = true
    }

    mutating func takeRest(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let piece = rest.prefix(buffer.count)
        buffer.copyBytes(from: piece)
        rest = rest.dropFirst(piece.count)
        return piece.count
    }
}

extension [UInt8] {
    /// Lines of somebody else's words, those with something on them, as a terminal may show them.
    var lines: [String] {
        String(decoding: self, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.allSatisfy(\.isWhitespace) }.map { String($0.prefix(200)).neutral }
    }
}
