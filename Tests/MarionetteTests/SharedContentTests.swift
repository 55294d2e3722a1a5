import Foundation
import Scheduling
import Testing
import WireProtocol

@testable import Driving
@testable import Marionette

@Suite struct SharedContentTests {
    private static func noise(_ count: Int, _ seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    @Test func `a change in place, an insertion and a removal cost what they are`() throws {
        let size = 300_000
        let first = SharedContent(Self.noise(size, 1))
        var bytes = first.bytes
        for place in stride(from: 0, to: size, by: size / 7) { bytes[place] ^= 1 }
        let changed = try #require(SharedContent(bytes, after: first))
        bytes.insert(contentsOf: Self.noise(10_000, 2), at: 100_000)
        let grown = try #require(SharedContent(bytes, after: changed))
        bytes.removeSubrange(200_000..<250_000)
        let shrunk = try #require(SharedContent(bytes, after: grown))
        for (content, base, most) in [
            (changed, first, 8 * 64), (grown, changed, 10_000), (shrunk, grown, 128),
            (shrunk, first, 10_000 + 10 * 64), (first, shrunk, 50_000 + 10 * 64),
        ] {
            let result = ReceivedContent.of(content, over: base)
            #expect(result.bytes == content.bytes)
            #expect(result.sent <= most)
        }
    }

    /// What is done to a version at each of some distant places, and the size of what is new there.
    enum Change: CaseIterable { case inserted, removed, replacedByMore, replacedByLess, moved }

    @Test(arguments: Change.allCases)
    func `changes of different length at distant places cost what they are`(_ change: Change) throws
    {
        let size = 4 << 20
        let first = SharedContent(Self.noise(size, 1))
        var bytes = first.bytes
        var new = 0
        // From the end, so that the places are those of the first version.
        for (index, place) in stride(from: size - 200_000, to: 0, by: -500_000).enumerated() {
            let count = 1_000 + 7_001 * index
            let added = Self.noise(count, UInt64(index + 2))
            switch change {
            case .inserted: bytes.insert(contentsOf: added, at: place)
            case .removed: bytes.removeSubrange(place..<(place + count))
            case .replacedByMore: bytes.replaceSubrange(place..<(place + count / 2), with: added)
            case .replacedByLess: bytes.replaceSubrange(place..<(place + 2 * count), with: added)
            case .moved:
                let part = Array(bytes[place..<(place + 100_000)])
                bytes.removeSubrange(place..<(place + 100_000))
                bytes.insert(contentsOf: part, at: place - 150_000)
            }
            switch change {
            case .inserted, .replacedByMore, .replacedByLess: new += count
            case .removed, .moved: break
            }
        }
        let changed = try #require(SharedContent(bytes, after: first))
        let result = ReceivedContent.of(changed, over: first)
        #expect(result.bytes == bytes)
        #expect(result.sent >= new)
        #expect(result.sent <= new + 8 * 128)
    }

    /// Where everything agrees with everything, for short.
    @Test func `short repetitions are compared in time, and put together rightly`() throws {
        var bytes = [UInt8](repeating: 0, count: 2 << 20)
        for place in stride(from: 0, to: bytes.count, by: 3_001) { bytes[place] = 1 }
        let first = SharedContent(bytes)
        for place in stride(from: 5_000, to: bytes.count, by: 40_000) {
            bytes.insert(contentsOf: [2, 3, 4], at: place)
        }
        let changed = try #require(SharedContent(bytes, after: first))
        let result = ReceivedContent.of(changed, over: first)
        #expect(result.bytes == bytes)
        #expect(result.sent <= bytes.count / 2)
    }

    @Test(arguments: 1...20)
    func `any version can be made of any other`(seed: UInt64) throws {
        var random = Self.noise(4096, seed).makeIterator()
        func number(below bound: Int) -> Int {
            (0..<3).reduce(0) { sum, _ in sum << 8 | Int(random.next() ?? 0) } % max(1, bound)
        }
        var bytes = Self.noise(number(below: 30_000), seed)
        var versions = [SharedContent(bytes)]
        for _ in 0..<8 {
            let place = number(below: bytes.count)
            let end = min(bytes.count, place + number(below: 9_000))
            switch number(below: 5) {
            case 0: bytes.insert(contentsOf: Self.noise(number(below: 9_000), seed), at: place)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes = []
            case 3: bytes = versions[number(below: versions.count)].bytes
            default: for index in place..<end { bytes[index] &+= 1 }
            }
            if let next = versions.last.flatMap({ SharedContent(bytes, after: $0) }) {
                versions.append(next)
            }
            #expect(versions.last?.bytes == bytes)
        }
        for content in versions {
            #expect(ReceivedContent.of(content, over: nil).bytes == content.bytes)
            for base in versions {
                #expect(ReceivedContent.of(content, over: base).bytes == content.bytes)
            }
        }
    }

    @Test func `what is equal makes no version`() {
        let bytes = Self.noise(100_001, 3)
        #expect(SharedContent(bytes, after: SharedContent(bytes)) == nil)
        #expect(SharedContent([], after: SharedContent([])) == nil)
    }

    @Test func `many versions keep little more than one in memory`() throws {
        let size = 1 << 20
        var content = SharedContent([UInt8](repeating: 255, count: size))
        for round in 0..<60 {
            var bytes = content.bytes
            let place = round * 65_536 % size
            bytes.replaceSubrange(
                place..<place + 65_536, with: repeatElement(UInt8(round), count: 65_536))
            content = try #require(SharedContent(bytes, after: content))
            let held = content.memory.storages.reduce(0) { $0 + $1.count }
            #expect(held <= size + size / 4)
        }
    }

    @Test func `a change in every second piece is sent and read rightly`() throws {
        let size = 4 << 20
        var bytes = [UInt8](repeating: 0, count: size)
        let first = SharedContent(bytes)
        for place in stride(from: 0, to: size, by: 128) { bytes[place] = 1 }
        let changed = try #require(SharedContent(bytes, after: first))
        let result = ReceivedContent.of(changed, over: first)
        #expect(result.bytes == bytes && result.sent <= size)
        bytes[0] = 2
        let again = try #require(SharedContent(bytes, after: changed))
        #expect(ReceivedContent.of(again, over: changed).sent <= 64)
    }

    @Test func `a change of one mebibyte sends one mebibyte`() async throws {
        try await TrialRun.with { run in
            var table = [UInt8](repeating: 5, count: 5 << 20)
            run.client.table = table
            let first = try await run.client.look(2 << 20)
            #expect(first.byte == UInt32(table[2 << 20]))
            table.replaceSubrange((2 << 20)..<(3 << 20), with: repeatElement(6, count: 1 << 20))
            run.client.table = table
            let second = try await run.client.look(2 << 20)
            #expect(second.byte == UInt32(table[2 << 20]))
            let sent = try run.events().filter { $0.kind == .transfer }.compactMap(\.bytes)
            #expect(sent.count == 2 && sent[0] == 4 + (5 << 20))
            #expect(((1 << 20) - 64...(1 << 20)).contains(sent[1]))
        }
    }
}
