import Testing

@testable import Inventory

@Test(arguments: [
    ("pi", ["pi"]),
    ("pi[1-3]", ["pi1", "pi2", "pi3"]),
    ("pi[1-2].local", ["pi1.local", "pi2.local"]),
    ("n[08-11,20]", ["n08", "n09", "n10", "n11", "n20"]),
    ("r[1-2]n[1-2]", ["r1n1", "r1n2", "r2n1", "r2n2"]),
    ("n[007]", ["n007"]),
    ("10.0.0.[8-10]", ["10.0.0.8", "10.0.0.9", "10.0.0.10"]),
])
func `a folded name stands for its hosts in order`(pattern: String, names: [String]) throws {
    #expect(try HostPattern(pattern).names == names)
}

@Test(arguments: [
    ("n[1-99999999999999999999]", 2), ("n[-1]", 2), ("n[1--2]", 2), ("n[1,]", 4), ("n[[1]]", 2),
    ("n[1]]", 4), ("[", 0), ("n[٣]", 2),
])
func `a fold that is none is told with its place`(pattern: String, offset: Int) {
    let fault = #expect(throws: HostPattern.Fault.self) { try HostPattern(pattern) }
    #expect(fault?.offset == offset)
}
