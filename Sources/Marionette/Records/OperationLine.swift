import Driving
import RunRecords

/// A line of the event log on which operations gather that ended alike: same host, same procedure,
/// same outcome. Written by hand, digit by digit: a general encoder takes longer for an operation
/// than the operation.
struct OperationLine {
    /// What all operations of a line have in common.
    struct Key: Equatable {
        var outcome: OperationOutcome
        /// nil: no host answered.
        var host: Int?
        var procedure: UInt32
    }

    /// The key's names as JSON strings.
    struct Names {
        var host: [UInt8]
        var procedure: [UInt8]
    }

    private static let countMax = 512

    private var key: Key?
    private var count = 0

    mutating func append(
        _ end: OperationEnd, _ key: Key, _ names: () -> Names, into bytes: inout [UInt8]
    ) {
        if self.key != key || count == Self.countMax {
            close(into: &bytes)
            self.open(key, names(), at: end.ended, into: &bytes)
        } else {
            bytes.append(UInt8(ascii: ","))
        }
        count += 1
        // In one piece: an append looks each time whether there is room.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.entryMax) { entry in
            var start = entry.count - 1
            entry[start] = UInt8(ascii: "]")
            Self.put(end.busy, before: &start, of: entry)
            Self.put(end.ended, before: &start, of: entry)
            Self.put(end.sent, before: &start, of: entry)
            Self.put(UInt64(end.worker), before: &start, of: entry)
            Self.put(UInt64(end.attempt), before: &start, of: entry)
            Self.put(UInt64(end.place.element), before: &start, of: entry)
            Self.put(end.place.statement, before: &start, of: entry)
            entry[start] = UInt8(ascii: "[")
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: entry[start...]))
        }
    }

    /// Seven numbers of at most twenty digits, and what stands around them.
    private static let entryMax = 7 * 21 + 1

    /// A comma and the number, from its last digit to the first.
    private static func put(
        _ number: UInt64, before start: inout Int, of entry: UnsafeMutableBufferPointer<UInt8>
    ) {
        var rest = number
        repeat {
            start -= 1
            entry[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        start -= 1
        entry[start] = UInt8(ascii: ",")
    }

    /// Ends the line, where one is begun.
    mutating func close(into bytes: inout [UInt8]) {
        guard key != nil else { return }
        bytes.append(contentsOf: "]}\n".utf8)
        key = nil
        count = 0
    }

    private mutating func open(
        _ key: Key, _ names: Names, at microseconds: UInt64, into bytes: inout [UInt8]
    ) {
        self.key = key
        bytes.append(contentsOf: "{\"event\":\"operations\",\"outcome\":".utf8)
        switch key.outcome {
        case .done: bytes.append(contentsOf: "\"done\"".utf8)
        case .recalled: bytes.append(contentsOf: "\"recalled\"".utf8)
        case .cancelled: bytes.append(contentsOf: "\"cancelled\"".utf8)
        }
        if key.host != nil {
            bytes.append(contentsOf: ",\"host\":".utf8)
            bytes.append(contentsOf: names.host)
        }
        bytes.append(contentsOf: ",\"procedure\":".utf8)
        bytes.append(contentsOf: names.procedure)
        bytes.append(contentsOf: ",\"t\":".utf8)
        bytes.append(decimal: microseconds / 1_000_000)
        bytes.append(UInt8(ascii: "."))
        let fraction = microseconds % 1_000_000
        var digit: UInt64 = 100_000
        while digit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / digit % 10))
            digit /= 10
        }
        bytes.append(contentsOf: ",\"ended\":[".utf8)
    }
}

extension [UInt8] {
    mutating func append(decimal number: UInt64) {
        guard number >= 10 else {
            append(UInt8(ascii: "0") + UInt8(number))
            return
        }
        var rest = number
        let start = count
        while rest > 0 {
            append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        self[start...].reverse()
    }
}
