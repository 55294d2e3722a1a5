/// Cuts a byte stream into records (RFC 5531, section 11).
///
/// A record is a sequence of fragments; a fragment is a 4-byte big-endian header, whose highest bit
/// marks the last one and whose other 31 bits are its length, and that many bytes. Memory grows as
/// bytes arrive, never by what a header claims but for the first 2 MiB of a large record.
public struct RecordReader: Sendable {
    /// The largest record on either side of our protocol.
    public static let recordMax = 256 << 20
    private static let headerSize = 4

    private let recordMax: Int
    private var buffer: [UInt8] = []
    /// The earlier fragments of a record that came in several.
    private var assembled: [UInt8] = []
    private var large: LargeRecord?

    public init(recordMax: Int = Self.recordMax) { self.recordMax = recordMax }

    /// Bytes that wait for the rest of their record.
    public var pendingBytes: Int { buffer.count + assembled.count + (large?.bytes.count ?? 0) }

    /// A large record has begun: `fill` reads the rest of it to its place.
    public var isWithinLarge: Bool { large != nil }

    /// Has the large record's next bytes read; `receive` returns how many came. Returns the record
    /// when it is whole.
    public mutating func fill<Failure: Error>(
        _ receive: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> [UInt8]? {
        try large?.fill(receive)
        guard let record = large, record.missing == 0 else { return nil }
        large = nil
        return record.bytes
    }

    /// Takes bytes from the peer and hands each record that is now whole to `body`.
    ///
    /// The memory is valid during the call only. After an error the stream is lost.
    public mutating func read(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(FramingError) -> Void
    ) throws(FramingError) {
        var bytes = bytes
        if large != nil {
            var taken = 0
            let record = fill { room in
                taken = min(room.count, bytes.count)
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
                return taken
            }
            bytes = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            if let record { try deliver(record, body) }
            guard !bytes.isEmpty else { return }
            return try read(bytes, body)
        }
        guard buffer.isEmpty else {
            buffer.append(contentsOf: bytes)
            // Moved out, so that the remainder is cut from the only reference.
            var whole: [UInt8] = []
            swap(&whole, &buffer)
            let used = try whole.withUnsafeBufferPointer { all throws(FramingError) in
                try consume(UnsafeRawBufferPointer(all), body)
            }
            whole.removeFirst(used)
            buffer = whole
            return
        }
        // The usual case: nothing waits, records are read where the channel put them.
        let used = try consume(bytes, body)
        buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[used...]))
    }

    /// Returns how many bytes were used.
    private mutating func consume(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(FramingError) -> Void
    ) throws(FramingError) -> Int {
        var offset = 0
        while bytes.count - offset >= Self.headerSize {
            let header = UInt32(
                bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let isLast = header & 0x8000_0000 != 0
            let size = Int(header & 0x7fff_ffff)
            guard assembled.count + size <= recordMax else {
                throw .recordTooLarge(size: assembled.count + size, limit: recordMax)
            }
            guard size > 0 || isLast else { throw .emptyFragment }
            let start = offset + Self.headerSize
            guard bytes.count - start >= size else {
                guard isLast, assembled.isEmpty, size >= LargeRecord.sizeMin else { break }
                large = LargeRecord(
                    UnsafeRawBufferPointer(rebasing: bytes[start...]), size: size)
                return bytes.count
            }
            let fragment = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + size)])
            offset = start + size
            if isLast, assembled.isEmpty {
                try body(fragment)
            } else {
                assembled.append(contentsOf: fragment)
                if isLast { try finishAssembled(body) }
            }
        }
        return offset
    }

    private mutating func finishAssembled(
        _ body: (UnsafeRawBufferPointer) throws(FramingError) -> Void
    ) throws(FramingError) {
        let record = assembled
        assembled = []
        try deliver(record, body)
    }

    private func deliver(
        _ record: [UInt8], _ body: (UnsafeRawBufferPointer) throws(FramingError) -> Void
    ) throws(FramingError) {
        try record.withUnsafeBufferPointer { all throws(FramingError) in
            try body(UnsafeRawBufferPointer(all))
        }
    }
}
