/// The word as a POSIX shell must read it to get these bytes; left bare where that is safe.
public func shellQuoted(_ word: String) -> String {
    if !word.isEmpty, word.utf8.allSatisfy({ bareBytes.contains($0) }) { return word }
    let parts = word.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.joined(separator: "'\\''") + "'"
}

/// A command line that a POSIX shell splits into exactly these words.
public func shellQuoted(_ words: [String]) -> String {
    words.map { shellQuoted($0) }.joined(separator: " ")
}

private let bareBytes = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@+".utf8)

/// A command line that any login shell reads as these words, to be executed by `sh` after the mark:
/// csh takes no line feed within quotes and replaces `!`, and fish reads `\` there.
///
/// What only a POSIX shell would read is told to `sh` in octal digits.
func loginShellLine(_ words: [String], after mark: StartMark) -> String {
    let line = shellQuoted(words)
    guard words.contains(where: { $0.utf8.contains(where: riskyBytes.contains) }) else {
        let start = StartMark.printing("$1") + ";shift;exec \"$@\""
        return "exec sh -c '\(start)' sh \(mark.number) \(line)"
    }
    var digits = ""
    for byte in line.utf8 {
        if bareBytes.contains(byte) {
            digits.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            let octal = String(byte, radix: 8)
            digits += "\\0" + String(repeating: "0", count: 3 - octal.count) + octal
        }
    }
    let start = StartMark.printing("$2") + #";eval "exec $(printf %b "$1")""#
    return "exec sh -c '\(start)' sh '\(digits)' \(mark.number)"
}

private let riskyBytes = Set("\n!\\".utf8)
