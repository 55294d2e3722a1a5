/// The word as a POSIX shell must read it to get these bytes; left bare where that is safe.
public func shellQuoted(_ word: String) -> String {
    let isBare = !word.isEmpty && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-./:,@+".utf8.contains(byte)
        }
    }
    if isBare { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
}

/// A command line that a POSIX shell splits into exactly these words.
public func shellQuoted(_ words: [String]) -> String {
    words.map { shellQuoted($0) }.joined(separator: " ")
}
