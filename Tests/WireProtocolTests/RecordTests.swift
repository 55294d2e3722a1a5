import Testing

@testable import WireProtocol

/// Hexadecimal text, spaces and line ends ignored, as bytes.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The records of a stream that arrives in pieces of `size` bytes.
func records(
    of stream: [UInt8], piece size: Int, recordMax: Int = RecordReader.recordMax
) throws(FramingError) -> [[UInt8]] {
    var reader = RecordReader(recordMax: recordMax)
    var found: [[UInt8]] = []
    var start = 0
    while start < stream.count {
        let piece = Array(stream[start..<min(start + size, stream.count)])
        try piece.withUnsafeBufferPointer { all throws(FramingError) in
            try reader.read(UnsafeRawBufferPointer(all)) { record throws(FramingError) in
                found.append(Array(record))
            }
        }
        start += size
    }
    return found
}

private let stream = bytes(
    """
    80000004 01020304
    00000002 0a0b
    00000001 0c
    80000000
    80000001 ff
    """)

@Test(arguments: [1, 2, 3, 4, 5, 7, 100])
func `records are cut wherever the stream is`(piece: Int) throws {
    #expect(
        try records(of: stream, piece: piece) == [
            [1, 2, 3, 4], [0x0a, 0x0b, 0x0c], [0xff],
        ])
}

@Test func `a record longer than the limit is refused by its mark, before its bytes come`() {
    #expect(throws: FramingError.recordTooLarge(size: 0x7fff_ffff, limit: RecordReader.recordMax)) {
        try records(of: bytes("ffffffff"), piece: 4)
    }
    #expect(throws: FramingError.recordTooLarge(size: 9, limit: 8)) {
        try records(of: bytes("00000008 0000000000000000 80000001 00"), piece: 1, recordMax: 8)
    }
}

@Test func `fragments without bytes are refused, so that none come for ever`() {
    #expect(throws: FramingError.emptyFragment) { try records(of: bytes("00000000"), piece: 4) }
}

@Test func `a record of many reads keeps memory by what came, not by what was promised`() throws {
    var reader = RecordReader()
    let mark = bytes("8fffffff")
    try mark.withUnsafeBufferPointer { all throws(FramingError) in
        try reader.read(UnsafeRawBufferPointer(all)) { _ in }
    }
    #expect(reader.pendingBytes == 0)
}

private func large(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 % 251) }
}

/// A small record, a large one, and a small one.
private func mixed(_ count: Int) -> [UInt8] {
    let mark = withUnsafeBytes(of: (0x8000_0000 | UInt32(count)).bigEndian) { Array($0) }
    return bytes("80000002 0a0b") + mark + large(count) + bytes("80000001 ff")
}

@Test(arguments: [65_535, 65_536, 65_537, 200_000], [1_000, 65_536, 65_546, 70_000, 1_000_000])
func `large records among small ones, in pieces`(count: Int, piece: Int) throws {
    #expect(
        try records(of: mixed(count), piece: piece) == [[0x0a, 0x0b], large(count), [0xff]])
}

@Test(arguments: [1, 4, 5, 11, 300_000])
func `the rest of a large record is read to its place`(begun: Int) throws {
    let count = 2_500_000
    var stream = mixed(count)[...]
    var reader = RecordReader()
    var found: [[UInt8]] = []
    func read(_ size: Int) throws(FramingError) {
        let piece = Array(stream.prefix(size))
        stream = stream.dropFirst(size)
        try piece.withUnsafeBufferPointer { all throws(FramingError) in
            try reader.read(UnsafeRawBufferPointer(all)) { found.append(Array($0)) }
        }
    }
    // The small record, the mark, and so much of what follows.
    try read(10 + begun)
    #expect(reader.isWithinLarge)
    #expect(reader.pendingBytes == begun)
    var isFirst = true
    while reader.isWithinLarge {
        let record = reader.fill { room in
            // Now and then nothing comes.
            defer { isFirst.toggle() }
            guard isFirst else { return 0 }
            let size = min(room.count, 700_001)
            room.copyBytes(from: stream.prefix(size))
            stream = stream.dropFirst(size)
            return size
        }
        if let record { found.append(record) }
    }
    try read(stream.count)
    #expect(found == [[0x0a, 0x0b], large(count), [0xff]])
    #expect(reader.pendingBytes == 0)
}

@Test func `a large record that is announced takes no memory for what does not come`() throws {
    var reader = RecordReader()
    try bytes("8f000000 00").withUnsafeBufferPointer { all throws(FramingError) in
        try reader.read(UnsafeRawBufferPointer(all)) { _ in }
    }
    var room = 0
    #expect(
        reader.fill {
            room = $0.count
            return 0
        } == nil)
    #expect((1..<(4 << 20)).contains(room))
}
