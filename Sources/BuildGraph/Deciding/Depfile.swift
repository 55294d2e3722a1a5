/// What a compiler says that it read: a rule in Makefile syntax, as GCC, clang and zig write it.
///
///     out/bvh.o: worker/bvh.c \
///       worker/bvh.h dir/with\ space.h
///     worker/bvh.h:
///
/// A backslash at the end of a line goes on in the next; `\ `, `\#` and `\\ ` quote as GCC does it,
/// `$$` is a dollar. Rules without prerequisites (`-MP`) add nothing.
enum Depfile {
    /// The prerequisites of all rules, each once, in order.
    static func prerequisites(in bytes: [UInt8]) -> [String] {
        var reader = DepfileReader(bytes)
        return reader.prerequisites()
    }
}

/// Goes over a depfile's bytes once.
private struct DepfileReader {
    private let bytes: [UInt8]
    private var position = 0
    private var word: [UInt8] = []
    /// Behind the colon of this line's rule.
    private var isInPrerequisites = false
    private var found: [String] = []
    private var seen: Set<String> = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func prerequisites() -> [String] {
        while position < bytes.count { take() }
        endWord()
        return found
    }

    private mutating func take() {
        let byte = bytes[position]
        switch byte {
        case Self.newline:
            endWord()
            isInPrerequisites = false
            position += 1
        case Self.space, Self.tab:
            endWord()
            position += 1
        case Self.backslash: takeBackslashes()
        case Self.carriageReturn where isNewline(position + 1) || position + 1 == bytes.count:
            position += 1
        case Self.dollar where position + 1 < bytes.count && bytes[position + 1] == byte:
            word.append(byte)
            position += 2
        case Self.colon where !isInPrerequisites && isBlank(position + 1):
            word = []
            isInPrerequisites = true
            position += 1
        default:
            word.append(byte)
            position += 1
        }
    }

    /// Before a blank or `#`, two backslashes are one and an odd one quotes; before the end of a line
    /// an odd one joins it with the next; elsewhere they are themselves, as in a Windows path.
    private mutating func takeBackslashes() {
        let run = bytes[position...].prefix { $0 == Self.backslash }.count
        position += run
        let isOdd = run % 2 == 1
        if isOdd, position == bytes.count || endOfLine(position) != nil {
            word += [UInt8](repeating: Self.backslash, count: (run - 1) / 2)
            endWord()
            position = endOfLine(position) ?? position
            return
        }
        let quotes =
            position < bytes.count
            && [Self.space, Self.tab, UInt8(ascii: "#")].contains(bytes[position])
        word += [UInt8](repeating: Self.backslash, count: quotes ? run / 2 : run)
        if quotes, isOdd {
            word.append(bytes[position])
            position += 1
        }
    }

    /// Where the next line begins, if this one ends here.
    private func endOfLine(_ at: Int) -> Int? {
        if isNewline(at) { return at + 1 }
        guard at < bytes.count, bytes[at] == Self.carriageReturn, isNewline(at + 1) else {
            return nil
        }
        return at + 2
    }

    private func isNewline(_ at: Int) -> Bool { at < bytes.count && bytes[at] == Self.newline }

    private func isBlank(_ at: Int) -> Bool {
        at >= bytes.count
            || [Self.space, Self.tab, Self.newline, Self.carriageReturn].contains(bytes[at])
            || bytes[at] == Self.backslash && endOfLine(at + 1) != nil
    }

    private mutating func endWord() {
        guard !word.isEmpty else { return }
        if isInPrerequisites {
            let text = String(decoding: word, as: UTF8.self)
            if seen.insert(text).inserted { found.append(text) }
        }
        word = []
    }

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")
    private static let backslash = UInt8(ascii: "\\")
    private static let dollar = UInt8(ascii: "$")
    private static let colon = UInt8(ascii: ":")
}
