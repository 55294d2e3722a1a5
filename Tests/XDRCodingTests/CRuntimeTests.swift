import CSlave
import Testing

private func text(_ fault: mrn_fault) -> String {
    var buffer = [CChar](repeating: 0, count: 400)
    withUnsafePointer(to: fault) { mrn_fault_text($0, &buffer, buffer.count) }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A reader over `bytes` with an arena of `limit` bytes.
private func withReader(
    _ bytes: [UInt8], limit: Int = 1 << 20, _ body: (inout mrn_reader) -> Void
) {
    var arena = mrn_arena()
    mrn_arena_init(&arena, limit, nil)
    withUnsafeMutablePointer(to: &arena) { arena in
        bytes.withUnsafeBytes { bytes in
            var reader = mrn_reader()
            mrn_reader_init(&reader, bytes.baseAddress, bytes.count, arena)
            body(&reader)
        }
    }
    mrn_arena_free(&arena)
    #expect(arena.held == 0)
}

@Test func `the C reader's first fault sticks`() {
    withReader([0, 0, 0, 9, 0, 0, 0, 1]) { reader in
        var flag = true
        #expect(!mrn_read_bool(&reader, &flag) && !flag)
        var number: UInt32 = 7
        #expect(!mrn_read_uint32(&reader, &number) && number == 0)
        #expect(!mrn_reader_in_item(&reader, 3))
        #expect(!mrn_reader_in_field(&reader, "flags"))
        #expect(text(reader.fault) == "flags[3]: 9 is no bool")
    }
}

@Test func `a path that is too long keeps its inner end, without a gap`() {
    withReader([0, 0, 0, 9]) { reader in
        var flag = true
        #expect(!mrn_read_bool(&reader, &flag))
        #expect(!mrn_reader_in_field(&reader, "flag"))
        let long = String(repeating: "x", count: Int(MRN_PATH_MAX.rawValue))
        #expect(!mrn_reader_in_field(&reader, long))
        #expect(!mrn_reader_in_field(&reader, "outer"))
        #expect(text(reader.fault) == "flag: 9 is no bool")
    }
}

@Test func `the C reader takes no memory before the bytes are there`() {
    withReader([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]) { reader in
        var array = mrn_array_double()
        #expect(!mrn_read_array_double(&reader, .max, &array))
        #expect(reader.arena.pointee.held == 0)
        #expect(
            text(reader.fault)
                == "4294967295 items need at least 34359738360 bytes at offset 4, 4 present")
    }
}

@Test func `an exhausted arena is a fault of the C reader`() {
    withReader([0, 0, 1, 0] + [UInt8](repeating: 1, count: 256), limit: 128) { reader in
        var value = mrn_bytes()
        #expect(!mrn_read_bytes(&reader, .max, &value))
        #expect(text(reader.fault) == "256 items of 1 bytes exceed the memory of 128 bytes")
    }
}

@Test func `a C string ends with a zero byte that is not counted`() {
    withReader([0, 0, 0, 3, 0x61, 0x62, 0x63, 0]) { reader in
        var value = mrn_string()
        #expect(mrn_read_string(&reader, 3, &value) && mrn_reader_finish(&reader))
        #expect(value.count == 3 && String(cString: value.bytes) == "abc")
    }
}

@Test func `an arena gives zeroed memory within its limit, and keeps a block over a reset`() {
    var arena = mrn_arena()
    mrn_arena_init(&arena, 1 << 20, nil)
    for _ in 0..<3 {
        var taken = 0
        while let piece = mrn_arena_take(&arena, 1000, 3) {
            #expect((0..<3000).allSatisfy { piece.load(fromByteOffset: $0, as: UInt8.self) == 0 })
            piece.initializeMemory(as: UInt8.self, repeating: 0xff, count: 3000)
            taken += 3000
        }
        #expect(taken > 1 << 19 && arena.held <= 1 << 20)
        mrn_arena_reset(&arena)
        #expect(arena.held > 0)
    }
    #expect(mrn_arena_take(&arena, .max, 2) == nil)
    mrn_arena_free(&arena)
}

@Test func `the C writer stays within its limit and can be used again`() {
    var writer = mrn_writer()
    mrn_writer_init(&writer, 8)
    #expect(mrn_write_uint64(&writer, 1) && writer.count == 8)
    #expect(!mrn_write_uint32(&writer, 1))
    #expect(text(writer.fault) == "4 bytes at offset 8 exceed the limit of 8")
    mrn_writer_reset(&writer)
    #expect(mrn_write_uint32(&writer, 0x0102_0304))
    #expect((0..<4).map { writer.bytes[$0] } == [1, 2, 3, 4])
    mrn_writer_free(&writer)
    #expect(writer.bytes == nil)
}
