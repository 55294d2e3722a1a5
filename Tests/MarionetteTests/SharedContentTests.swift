import Foundation
import Scheduling
import Testing
import WireProtocol

@testable import Marionette

@Suite struct SharedContentTests {
    private static let version = SharedVersion(slot: 0, version: 9)

    /// What a slave that holds `base` makes of the transfer, and how much was sent for it.
    private static func received(
        _ content: SharedContent, over base: SharedContent?
    ) -> (bytes: [UInt8], sent: Int) {
        let held = base.map { ContentTransfer.Base(version: 1, outline: $0.outline) }
        var transfer = ContentTransfer(version, content, over: held)
        let sent = transfer.sentBytes
        let source = base?.bytes ?? []
        var bytes: [UInt8] = []
        while let step = transfer.next() {
            switch step {
            case .copy(let offset, let from, let count):
                #expect(offset == bytes.count && count <= SLAVE_COPY_MAX && transfer.base == 1)
                bytes += source[from..<(from + count)]
            case .bytes(let offset, let part, let start, let count):
                #expect(offset == bytes.count && count <= SLAVE_CHUNK_MAX)
                let place = content.parts[part].place + start
                bytes += content.parts[part].storage[place..<(place + count)]
            }
        }
        return (bytes, sent)
    }

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
            (changed, first, 8 * 4096), (grown, changed, 10_000), (shrunk, grown, 8192),
            (shrunk, first, 10_000 + 8 * 4096), (first, shrunk, 50_000 + 9 * 4096),
        ] {
            let result = Self.received(content, over: base)
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
        let result = Self.received(changed, over: first)
        #expect(result.bytes == bytes)
        // What is shorter than a grain between two changes is sent with them.
        #expect(result.sent >= new)
        #expect(result.sent <= new + 8 * SharedContent.grain)
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
        let result = Self.received(changed, over: first)
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
            #expect(Self.received(content, over: nil).bytes == content.bytes)
            for base in versions {
                #expect(Self.received(content, over: base).bytes == content.bytes)
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
            let storages = Dictionary(
                content.parts.map { part in
                    (part.storage.withUnsafeBytes { $0.baseAddress }, part.storage.count)
                }, uniquingKeysWith: { one, _ in one })
            #expect(storages.values.reduce(0, +) <= size + size / 4)
        }
    }

    @Test func `a change in too many places is sent whole`() throws {
        let size = 2 * (SharedContent.partsMax + 2) * SharedContent.grain
        var bytes = [UInt8](repeating: 0, count: size)
        let first = SharedContent(bytes)
        for place in stride(from: 0, to: size, by: 2 * SharedContent.grain) { bytes[place] = 1 }
        let changed = try #require(SharedContent(bytes, after: first))
        #expect(changed.parts.count == 1)
        #expect(Self.received(changed, over: first).sent == size)
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
            let sent = try run.events().filter { $0.event == .transfer }.compactMap(\.bytes)
            #expect(sent.count == 2 && sent[0] == 4 + (5 << 20))
            #expect(((1 << 20) - 64...(1 << 20)).contains(sent[1]))
        }
    }
}
