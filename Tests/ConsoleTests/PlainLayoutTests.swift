import Testing

@testable import Console

@Test func `off a terminal a live line is printed when it changed, at most every five seconds`() {
    var layout = PlainLayout()
    #expect(layout.update("run", "1/9", now: 0) == "")
    #expect(layout.update("run", "2/9", now: 4) == "")
    #expect(layout.update("run", "3/9", now: 5) == "run    3/9\n")
    #expect(layout.update("run", "3/9", now: 20) == "")
    #expect(layout.finish("run", "9/9") == "run    9/9\n")
}

@Test func `what follows a dot in the key is not shown`() {
    #expect(PlainLayout.row("push.pi1", "214 KB") == "push   214 KB")
}
