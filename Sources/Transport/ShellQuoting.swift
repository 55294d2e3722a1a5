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
