import RunRecords
import Testing

@testable import Driving

/// What a program that takes another way than the one that is recorded is told.
@Suite struct JournalIndexTests {
    /// A program that did `a`, `b`, `c` in this order, in its own task.
    private static func journal(_ recorded: [(place: UInt64, name: UInt8)]) -> JournalIndex {
        var index = JournalIndex()
        for (number, row) in recorded.enumerated() {
            index.add(
                .operation(Int64(number + 1)), OperationPlace(statement: row.place),
                signature(row.name), isOrdered: true)
        }
        return index
    }

    private static func signature(_ name: UInt8) -> JournalSignature {
        JournalSignature(procedure: "work", position: 0, digest: [name])
    }

    private static func claim(
        _ index: inout JournalIndex, _ place: UInt64, _ name: UInt8
    ) -> JournalIndex.Claim {
        index.claim(
            OperationPlace(statement: place), signature(name), isOnce: false, isOrdered: true)
    }

    @Test func `another operation than the recorded one is another program's`() {
        var index = Self.journal([(1, 10), (2, 20), (3, 30)])
        #expect(Self.claim(&index, 1, 10) == .found(.operation(1)))
        #expect(Self.claim(&index, 2, 99) == .differs(.operation(2)))
    }

    @Test func `behind an operation that was late the program may go another way`() {
        // The first was late, and the second was invoked in its place.
        var index = Self.journal([(2, 20), (3, 30)])
        #expect(Self.claim(&index, 1, 10) == .unknown)
        #expect(Self.claim(&index, 2, 30) == .found(.operation(2)))
        #expect(Self.claim(&index, 3, 40) == .unknown)
    }

    @Test func `it may do so again when the operation that was late was recorded meanwhile`() {
        // A second run executed the first, and was killed before it did anything else.
        var index = Self.journal([(2, 20), (3, 30), (1, 10)])
        #expect(Self.claim(&index, 1, 10) == .found(.operation(3)))
        #expect(Self.claim(&index, 2, 99) == .unknown)
    }

    @Test func `elements of a sequence that ended in any order are no gap`() {
        var index = JournalIndex()
        for (number, element) in [2, 1, 3].enumerated() {
            index.add(
                .operation(Int64(number + 1)),
                OperationPlace(statement: 1, element: UInt32(element)),
                Self.signature(UInt8(element)), isOrdered: true)
        }
        index.add(
            .operation(4), OperationPlace(statement: 2), Self.signature(50), isOrdered: true)
        #expect(Self.claim(&index, 2, 99) == .differs(.operation(4)))
    }
}
