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
    #expect(reader.pendingBytes == 4)
}
