import Testing

@testable import Console

@Test func `on a terminal the live block is redrawn in place and finished lines stay above it`() {
    var layout = StatusLayout(isTerminal: true, columns: 80)
    #expect(layout.update("build", "aarch64 1/12", now: 0) == "build  aarch64 1/12\n")
    #expect(layout.update("build", "aarch64 2/12", now: 0.05) == "")
    #expect(
        layout.update("push", "pi1", now: 0.2)
            == "\u{1b}[1A\u{1b}[Jbuild  aarch64 2/12\npush   pi1\n")
    #expect(
        layout.finish("build", "done", now: 0.3)
            == "\u{1b}[2A\u{1b}[Jbuild  done\npush   pi1\n")
    #expect(layout.note("pi1: hello", now: 0.4) == "\u{1b}[1A\u{1b}[Jpi1: hello\npush   pi1\n")
}

@Test func `off a terminal a live line is printed when it changed, at most every five seconds`() {
    var layout = StatusLayout(isTerminal: false, columns: 80)
    #expect(layout.update("run", "1/9", now: 0) == "")
    #expect(layout.update("run", "2/9", now: 4) == "")
    #expect(layout.update("run", "3/9", now: 5) == "run    3/9\n")
    #expect(layout.update("run", "3/9", now: 20) == "")
    #expect(layout.finish("run", "9/9", now: 21) == "run    9/9\n")
}

@Test func `a row wider than the terminal is cut, since a wrapped row would break the block`() {
    var layout = StatusLayout(isTerminal: true, columns: 20)
    let text = layout.update("run", String(repeating: "x", count: 40), now: 0)
    #expect(text == "run    xxxxxxxxxxx…\n")
}

@Test func `what follows a dot in the key is not shown`() {
    #expect(StatusLayout.row("push.pi1", "214 KB") == "push   214 KB")
}

@Test(arguments: [
    (0, "0"), (999, "999"), (1204, "1,204"), (-1_234_567, "-1,234,567"),
])
func `counts are grouped by three`(value: Int, expected: String) {
    #expect(value.grouped == expected)
}

@Test(arguments: [
    (712, "712 B"), (214_000, "214 KB"), (9_100_000, "9.1 MB"), (999_600, "1.0 MB"),
    (31_000_000, "31.0 MB"),
])
func `bytes are told in decimal units`(value: Int, expected: String) {
    #expect(value.asBytes == expected)
}

@Test(arguments: [
    (0.04, "0.0 s"), (0.31, "0.3 s"), (48.2, "48 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"),
])
func `durations are told for people`(value: Double, expected: String) {
    #expect(value.asSeconds == expected)
}

@Test func `fixed decimals keep their zeros`() {
    #expect(0.05.fixed(2) == "0.05")
    #expect((-1.5).fixed(1) == "-1.5")
    #expect((-0.01).fixed(1) == "0.0")
}
