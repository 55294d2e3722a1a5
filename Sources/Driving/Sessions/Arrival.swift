/// Where the bytes of a message lie, so that its result need not be copied one by one.
package enum Arrival {
    /// In what one read brought; the array is a copy of that, made for the first result.
    case read(UnsafeRawBufferPointer, copy: [UInt8])
    /// In a large record of its own, which stays.
    case record([UInt8])

    /// A small result is a part of a copy of the read that brought it; a large one stays in its
    /// record; what is between has its own.
    package mutating func result(_ bytes: UnsafeRawBufferPointer) -> ResultBytes {
        switch self {
        case .record(let record):
            // A result stands at the end of its record.
            return ResultBytes(record, in: (record.count - bytes.count)..<record.count)
        case .read(let all, var copy):
            guard bytes.count <= DrivingLimits.sharedResultMax, let start = bytes.baseAddress,
                let base = all.baseAddress, start >= base, start < base + all.count
            else { return ResultBytes(Array(bytes)) }
            if copy.isEmpty {
                copy = Array(all)
                self = .read(all, copy: copy)
            }
            let offset = start - base
            return ResultBytes(copy, in: offset..<(offset + bytes.count))
        }
    }
}
