import TestKit
import Testing

@testable import WireProtocol

/// A stream of records as a peer may send them: sizes about the reader's limits and of every order of
/// magnitude, fragments anywhere, read in pieces of any size, to their place or through the buffer.
@Suite struct RecordPropertyTests {
    @Test(arguments: seedsOfThisRun(6))
    func `records of any size and fragments come whole, however they are read`(seed: UInt64) throws
    {
        var numbers = SeededNumbers(seed)
        let sent = (0..<Int.random(in: 1...25, using: &numbers)).map { _ in
            Self.record(&numbers)
        }
        var stream: [UInt8] = []
        for record in sent { Self.append(record, to: &stream, &numbers) }
        #expect(try Self.read(stream, &numbers) == sent, "MARIONETTE_SEED=\(seed)")
    }

    private static func record(_ numbers: inout SeededNumbers) -> [UInt8] {
        let limits = [4, 65_536, LargeRecord.sizeMin, 2 << 20, 4 << 20]
        let limit = limits.randomElement(using: &numbers) ?? 4
        let magnitude = 1 << Int.random(in: 0...20, using: &numbers)
        let isAboutLimit = Int.random(in: 0..<4, using: &numbers) == 0
        let size =
            isAboutLimit
            ? limit + Int.random(in: -4...4, using: &numbers)
            : magnitude + Int.random(in: 0..<magnitude, using: &numbers)
        // Of no period that divides a limit: what is shifted or lost is seen.
        let pattern = (0..<251).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + pattern.count)
        while bytes.count < size { bytes += pattern }
        bytes.removeLast(bytes.count - size)
        return bytes
    }

    private static func append(
        _ record: [UInt8], to stream: inout [UInt8], _ numbers: inout SeededNumbers
    ) {
        var rest = record[...]
        while rest.count > 1, Int.random(in: 0..<3, using: &numbers) == 0 {
            let count = Int.random(in: 1..<rest.count, using: &numbers)
            stream += mark(UInt32(count)) + rest.prefix(count)
            rest = rest.dropFirst(count)
        }
        stream += mark(0x8000_0000 | UInt32(rest.count)) + rest
    }

    private static func mark(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private static func read(
        _ stream: [UInt8], _ numbers: inout SeededNumbers
    ) throws(FramingError) -> [[UInt8]] {
        var reader = RecordReader()
        var found: [[UInt8]] = []
        var rest = stream[...]
        while !rest.isEmpty {
            let most = 1 << Int.random(in: 0...21, using: &numbers)
            let size = min(rest.count, Int.random(in: 1...most, using: &numbers))
            if reader.isWithinLarge, Bool.random(using: &numbers) {
                let record = reader.fill { room in
                    let count = min(room.count, size)
                    room.copyBytes(from: rest.prefix(count))
                    rest = rest.dropFirst(count)
                    return count
                }
                if let record { found.append(record) }
                continue
            }
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            try piece.withUnsafeBufferPointer { all throws(FramingError) in
                try reader.read(UnsafeRawBufferPointer(all)) { record throws(FramingError) in
                    found.append(Array(record))
                }
            }
        }
        #expect(reader.pendingBytes == 0)
        return found
    }
}
