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

@Test(arguments: 1...8)
func `the last of many updates is printed in time, though nothing follows`(seed: UInt64) {
    var state = seed
    func random(_ bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
    }
    var layout = PlainLayout()
    var (now, printed, last) = (0.0, "", "")
    for number in 0...random(20) {
        last = "\(number)/20"
        printed += layout.update("build", last, now: now)
        now += Double(random(100)) / 20
    }
    printed += layout.refresh(now: now + PlainLayout.interval)
    #expect(printed.hasSuffix("build  \(last)\n"), "seed \(seed)")
    #expect(layout.refresh(now: now + 1000) == "", "seed \(seed)")
}

@Test func `what follows a dot in the key is not shown`() {
    #expect(PlainLayout.row("push.pi1", "214 KB") == "push   214 KB")
}
