import Foundation
import InterfaceCompiler
import TestKit
import Testing
import XDRCoding

private let node: [UInt8] = [0, 0, 0, 5, 0, 0, 0, 1]
private let lastNode: [UInt8] = [0, 0, 0, 5, 0, 0, 0, 0]

@Test(needs("cc"))
func `a list of a million nodes passes through both, on a small stack`() async throws {
    let count = 1_000_000
    let value = Array(repeatElement(node, count: count - 1).joined()) + lastNode
    let again = try await onSmallStack {
        let list = try decoded(value, as: Chain.self)
        var other = try decoded(value, as: Chain.self)
        #expect(list == other)
        #expect(list.hashValue == other.hashValue)
        other.next?.next?.value = 6
        #expect(list != other)
        #expect(list.next?.next?.value == 5)
        return try bytes(list)
    }
    #expect(again == value)
    try withTemporaryDirectory { directory in
        let program = try #require(
            try EchoProgram("recursive", type: "Chain", for: .native, in: directory))
        #expect(try program.echo([value]) == [value])
    }
}

@Test func `lists are equal when their nodes are, and only then`() {
    let one = Chain(value: 1, next: Chain(value: 2))
    #expect(one == Chain(value: 1, next: Chain(value: 2)))
    #expect(one != Chain(value: 1, next: Chain(value: 3)))
    #expect(one != Chain(value: 1))
    #expect(one != Chain(value: 1, next: Chain(value: 2, next: Chain(value: 2))))
    #expect(Set([one, Chain(value: 1), one]).count == 2)
}

@Test func `copies of a list can be changed and freed by many threads at once`() async {
    var list = Chain(value: 0)
    for number in 1...20_000 { list = Chain(value: Int32(number), next: list) }
    let shared = list
    list = Chain()
    await withTaskGroup(of: Int32.self) { group in
        for number in 0..<8 {
            group.addTask {
                var mine = shared
                mine.next = mine.next?.next
                mine.value = Int32(number)
                return mine.next?.value ?? -1
            }
        }
        for await value in group { #expect(value == 19_998) }
    }
    #expect(shared.next?.value == 19_999)
}

@Test(needs("cc"))
func `a tree is limited in depth by both`() throws {
    func nested(_ depth: Int) -> [UInt8] {
        let step: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
        return (0..<depth - 1).flatMap { _ in step } + [0, 0, 0, 0, 0, 0, 0, 0]
    }
    let values = [1, 2, 255, 256, 257, 100_000].map(nested)
    let accepted = values.map { (try? decoded($0, as: Tree.self)) != nil }
    #expect(accepted == [true, true, true, true, false, false])
    let error = #expect(throws: XDRError.self) { try decoded(values[4], as: Tree.self) }
    #expect(error?.description.hasSuffix("children[0]: nested deeper than 256") == true)
    try withTemporaryDirectory { directory in
        let program = try #require(
            try EchoProgram("recursive", type: "Tree", for: .native, in: directory))
        let echoes = try program.echo(values)
        #expect(echoes.map { $0 != nil } == accepted)
        #expect(Array(echoes.prefix(4)) == Array(values.prefix(4)))
    }
}

@Test func `an error in a list tells the node`() {
    let wrong = node + node + [0, 0, 0, 5, 0, 0, 0, 2]
    #expect(throws: XDRError(.notBool(2), offset: 24, path: "[2].next")) {
        try decoded(wrong, as: Chain.self)
    }
    #expect(throws: XDRError(.truncated(needed: 4, available: 2), offset: 8, path: "[1].value")) {
        try decoded(node + [0, 0], as: Chain.self)
    }
}

/// Runs `body` on a thread whose stack a recursion over a long list would exhaust.
private func onSmallStack<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Swift.Result { try body() }) }
        thread.stackSize = 512 << 10
        thread.start()
    }
}
