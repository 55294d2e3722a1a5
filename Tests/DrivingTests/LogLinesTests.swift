import Testing

@testable import Driving

@Test func `a slave's log comes in lines that a terminal can be trusted with`() {
    var log = LogLines()
    var lines: [String] = []
    for piece in ["one\ntw", "o\u{1b}[2J\t\u{202e}x\n", "rest"] {
        Array(piece.utf8).withUnsafeBytes { lines += log.append($0) }
    }
    #expect(lines == ["one", "two?[2J\t?x"])
    #expect(log.end() == "rest")
    #expect(log.end() == nil)
}

@Test func `a line of a slave's log is cut at its limit, however long it is`() {
    var log = LogLines()
    let long = [UInt8](repeating: 0x61, count: 1_000_000) + [0x0a]
    let lines = long.withUnsafeBytes { log.append($0) }
    #expect(lines == [String(repeating: "a", count: 500) + "…"])
}
