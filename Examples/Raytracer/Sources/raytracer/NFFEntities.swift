import Marionette

/// One word of an NFF file: a range of its bytes, and its line from 1.
struct NFFWord {
    var range: Range<Int>
    var line: Int
}

/// An entity: its keyword, and the words up to the next keyword, which may stand on several lines.
struct NFFEntity {
    var keyword: NFFWord
    var words: [NFFWord] = []
}

/// Cuts an NFF file into entities. A line that begins with anything but a number begins an entity;
/// `#` begins a comment anywhere.
struct NFFEntities {
    /// Of a line in an error.
    static let shownBytesMax = 4096

    let file: String
    let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var atLineStart = true
    private var pending: NFFWord?

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        self.bytes = bytes
    }

    mutating func next() throws(NFFError) -> NFFEntity? {
        guard let first = pending ?? nextWord()?.word else { return nil }
        pending = nil
        guard !beginsNumber(first) else { throw error(.unknownEntity(text(first)), at: first) }
        var entity = NFFEntity(keyword: first)
        while let (word, opensLine) = nextWord() {
            if opensLine, !beginsNumber(word) {
                pending = word
                break
            }
            entity.words.append(word)
        }
        return entity
    }

    func text(_ word: NFFWord) -> String { String(decoding: bytes[word.range], as: UTF8.self) }

    func error(_ fault: NFFError.Fault, at word: NFFWord, through last: NFFWord? = nil) -> NFFError
    {
        NFFError(fault: fault, place: place(of: word, through: last))
    }

    /// Up to the end of `last` where that stands on the same line.
    func place(of word: NFFWord, through last: NFFWord? = nil) -> SourcePlace {
        let newline = UInt8(ascii: "\n")
        let start = bytes[..<word.range.lowerBound].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let end = bytes[word.range.lowerBound...].firstIndex(of: newline) ?? bytes.count
        let sameLine = last.flatMap { $0.line == word.line ? $0 : nil }
        let upTo = sameLine?.range.upperBound ?? word.range.upperBound
        let characters = { (range: Range<Int>) in
            String(decoding: bytes[range], as: UTF8.self).count
        }
        let text = String(
            decoding: bytes[start..<min(end, start + Self.shownBytesMax)], as: UTF8.self)
        return SourcePlace(
            file: file, line: word.line, column: characters(start..<word.range.lowerBound) + 1,
            length: characters(word.range.lowerBound..<upTo), text: text.filter { $0 != "\r" })
    }

    func number(_ word: NFFWord) throws(NFFError) -> Float {
        let text = text(word)
        // Swift's parser knows "inf", "nan" and hexadecimal as well: NFF does not.
        let allowed = bytes[word.range].allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard allowed, let value = Float(text) else { throw error(.notNumber(text), at: word) }
        guard value.isFinite else { throw error(.outOfRange(text), at: word) }
        return value
    }

    /// By its first character that is no sign and no point: `./earth.jpg` is a name.
    func beginsNumber(_ word: NFFWord) -> Bool {
        let marks = [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ".")]
        guard let byte = bytes[word.range].first(where: { !marks.contains($0) }) else {
            return false
        }
        return UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    private mutating func nextWord() -> (word: NFFWord, opensLine: Bool)? {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\n"):
                line += 1
                position += 1
                atLineStart = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
            case UInt8(ascii: "#"):
                position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            default:
                let start = position
                position = bytes[start...].firstIndex { $0 <= UInt8(ascii: " ") } ?? bytes.count
                // A control character is a word of its own: it must not stop the reader.
                position = max(position, start + 1)
                defer { atLineStart = false }
                return (NFFWord(range: start..<position, line: line), atLineStart)
            }
        }
        return nil
    }
}
