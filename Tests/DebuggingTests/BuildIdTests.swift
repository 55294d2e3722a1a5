import Testing

@testable import Debugging

@Suite struct BuildIdTests {
    /// A header of 64 bytes and a note, as linkers write them.
    private func file(isBig: Bool, name: [UInt8] = [0x47, 0x4e, 0x55, 0], type: UInt8 = 3)
        -> [UInt8]
    {
        func word(_ value: UInt8) -> [UInt8] { isBig ? [0, 0, 0, value] : [value, 0, 0, 0] }
        var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, isBig ? 2 : 1]
        bytes += Array(repeating: 0, count: 58)
        return bytes + word(4) + word(4) + word(type) + name + [0x01, 0xab, 0xcd, 0xef, 9, 9, 9, 9]
    }

    @Test(arguments: [false, true])
    func `the note is found in both byte orders`(isBig: Bool) {
        #expect(buildId(inFirstBytes: file(isBig: isBig)) == "01abcdef")
    }

    @Test func `a note of another type or owner is none`() {
        #expect(buildId(inFirstBytes: file(isBig: false, type: 1)) == nil)
        #expect(buildId(inFirstBytes: file(isBig: false, name: [0x47, 0x4e, 0x58, 0])) == nil)
    }

    @Test func `a file that is cut off anywhere is no trap`() {
        let whole = file(isBig: true)
        for length in whole.indices { _ = buildId(inFirstBytes: Array(whole[..<length])) }
        #expect(buildId(inFirstBytes: Array(whole[..<70])) == nil)
    }

    @Test func `what is no ELF file has no build-id`() {
        #expect(buildId(inFirstBytes: Array("#!/bin/sh\n".utf8)) == nil)
    }
}
