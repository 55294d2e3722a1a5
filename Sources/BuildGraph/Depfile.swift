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
    static func prerequisites(in text: String) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        for line in logicalLines(text) {
            let words = words(of: line)
            guard let colon = words.firstIndex(where: { $0.endsTargets }) else { continue }
            for word in words[(colon + 1)...] where seen.insert(word.text).inserted {
                found.append(word.text)
            }
        }
        return found
    }

    private struct Word {
        var text: String
        /// An unquoted colon stood behind it, followed by a space or the end.
        var endsTargets: Bool
    }

    /// Lines with their continuations joined. CRLF counts as a newline.
    private static func logicalLines(_ text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        for physical in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false) {
            let physical = physical.last == 0x0d ? physical.dropLast() : physical
            let backslashes = physical.reversed().prefix { $0 == backslash }.count
            if backslashes % 2 == 1 {
                line += physical.dropLast() + [space]
            } else {
                lines.append(line + physical)
                line = []
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    private static let backslash = UInt8(ascii: "\\")
    private static let space = UInt8(ascii: " ")

    private static func words(of line: [UInt8]) -> [Word] {
        var words: [Word] = []
        var word: [UInt8] = []
        var index = 0
        func isBlank(_ at: Int) -> Bool {
            at >= line.count || line[at] == space || line[at] == 0x09
        }
        func end(targets: Bool) {
            if !word.isEmpty || targets {
                words.append(
                    Word(text: String(decoding: word, as: UTF8.self), endsTargets: targets))
            }
            word = []
        }
        while index < line.count {
            let byte = line[index]
            if byte == backslash {
                let run = line[index...].prefix { $0 == backslash }.count
                index += run
                let quotes =
                    index < line.count && (isBlank(index) || line[index] == UInt8(ascii: "#"))
                // Before a blank or '#', two backslashes are one and an odd one quotes; elsewhere
                // they are themselves, as in a Windows path.
                word += [UInt8](repeating: backslash, count: quotes ? run / 2 : run)
                if quotes, run % 2 == 1 {
                    word.append(line[index])
                    index += 1
                }
                continue
            }
            if isBlank(index) {
                end(targets: false)
            } else if byte == UInt8(ascii: "$"), index + 1 < line.count, line[index + 1] == byte {
                word.append(byte)
                index += 1
            } else if byte == UInt8(ascii: ":"), isBlank(index + 1),
                !words.contains(where: \.endsTargets)
            {
                end(targets: true)
            } else {
                word.append(byte)
            }
            index += 1
        }
        end(targets: false)
        return words
    }
}
