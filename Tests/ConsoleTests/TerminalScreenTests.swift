import Testing

@testable import Console

/// What a terminal is sent; `ESC` stands for the character.
private func sent(_ screen: inout TerminalScreen) -> String {
    // By scalars: a carriage return and a line feed behind it are one character.
    String(decoding: screen.takeBytes(), as: UTF8.self).unicodeScalars.map { scalar in
        switch scalar {
        case "\u{1b}": "ESC"
        case "\r": "CR"
        default: String(scalar)
        }
    }.joined()
}

private let oneRow = "ESCDESC[1AESC7ESC[mESC[?7lESC[BCRrun    1/9ESC[JESC[?7hESC8"
private let below = "ESCDESC[AESC7ESC[mESC[BCRESC[JESC8"

@Suite struct TerminalScreenTests {
    private func screen() -> TerminalScreen {
        var screen = TerminalScreen(columns: 20, rows: 10)
        screen.apply(.update(key: "run", text: "1/9"), now: 0)
        screen.draw(now: 0)
        #expect(sent(&screen) == oneRow)
        return screen
    }

    @Test func `live lines are cleared before the program prints, and drawn after it`() {
        var screen = screen()
        screen.print(Array("one\n".utf8))
        screen.draw(now: 0)
        #expect(sent(&screen) == "\(below)one\n\(oneRow)")
        // In the midst of a line only what moves no cursor keeps one that is about to wrap.
        screen.print(Array("half".utf8))
        screen.draw(now: 0)
        screen.print(Array(" more".utf8))
        #expect(sent(&screen) == "\(below)half\(oneRow)ESC[J more")
    }

    @Test func `a permanent line waits for the end of the program's line`() {
        var screen = screen()
        screen.print(Array("half".utf8))
        screen.apply(.note("h1: log"), now: 0)
        screen.draw(now: 0)
        #expect(
            sent(&screen) == below
                + "halfESCDESCDESC[2AESC7ESC[mESC[?7lESC[BCRh1: logESC[KESC[BCRrun    1/9ESC[JESC[?7hESC8"
        )
        screen.print(Array(" line\n".utf8))
        #expect(sent(&screen) == "ESC[J line\nh1: logCR\n")
    }

    @Test(arguments: [
        Array("\u{1b}[3".utf8), [0xc3], [UInt8](repeating: 0x78, count: 20),
        Array("\u{1b}[5;5H".utf8), Array("\u{1b}[?1049h".utf8), Array("\u{1b}7".utf8),
        Array("\u{1b}[3C".utf8),
    ])
    func `nothing is drawn where the cursor can't be put back for certain`(bytes: [UInt8]) {
        var screen = screen()
        screen.print(bytes)
        _ = sent(&screen)
        screen.draw(now: 1)
        #expect(sent(&screen) == "")
    }

    @Test func `where a permanent line can't be drawn it cuts the program's after a while`() {
        var screen = TerminalScreen(columns: 4, rows: 10, patience: 3)
        screen.print(Array("full".utf8))
        screen.apply(.note("h1: log"), now: 5)
        #expect(screen.nextDrawing == 8)
        screen.draw(now: 7.9)
        #expect(sent(&screen) == "full")
        screen.draw(now: 8)
        #expect(sent(&screen) == "CR\nh1: logCR\n")
        #expect(screen.nextDrawing == nil)
    }

    @Test func `a row wider than the terminal is cut, since a wrapped row would take two`() {
        var screen = TerminalScreen(columns: 20, rows: 10)
        screen.apply(.update(key: "run", text: String(repeating: "x", count: 40)), now: 0)
        screen.draw(now: 0)
        #expect(sent(&screen).contains("run    xxxxxxxxxxx…ESC[J"))
    }

    @Test func `a changed line is drawn ten times in a second, and at once after output`() {
        var screen = screen()
        screen.apply(.update(key: "run", text: "2/9"), now: 0.01)
        #expect(screen.nextDrawing == 0.1)
        screen.print(Array("one\n".utf8))
        #expect(screen.nextDrawing == -Double.infinity)
    }

    @Test func `a board's messages are found wherever they are cut, and output stays whole`() {
        let messages: [BoardMessage] = [
            .update(key: "run", text: "1/9 ä"), .note("one\ntwo"), .end, .hide,
        ]
        let texts = ["a\u{1b}[3", "1mb\u{1b}_other\u{1b}\\", "\u{1b}", "\u{1b}_marionette"]
        var bytes: [UInt8] = []
        for (text, message) in zip(texts, messages) { bytes += Array(text.utf8) + message.bytes }
        bytes.append(0x21)
        for cut in 1..<bytes.count {
            var stream = BoardStream()
            let pieces = stream.take(bytes[..<cut]) + stream.take(bytes[cut...])
            let found = pieces.compactMap { if case .message(let one) = $0 { one } else { nil } }
            let output = pieces.flatMap { piece -> [UInt8] in
                if case .output(let bytes) = piece { Array(bytes) } else { [] }
            }
            #expect(found == messages)
            #expect(output == Array((texts.joined() + "!").utf8))
        }
    }
}
