import SlaveBuild
import TestKit
import Testing
import WireProtocol

@testable import Debugging

@Suite struct StackWalkTests {
    /// `inner`, 0x401000 to 0x401100, called by `outer`, 0x401100 to 0x401200, called by what nobody
    /// knows. Both have frames of 32 bytes, their return address on top: x86-64's way.
    static let frames: [UInt8] =
        // A common entry: version 1, factors 1 and -8, return address 16; frame = rsp + 8, saved there.
        word(20) + word(0xffff_ffff) + [1, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1]
        + Array(repeating: 0, count: 6)
        + function(0x40_1000) + function(0x40_1100)

    /// From its fourth byte on its frame has 32 bytes.
    private static func function(_ begin: UInt64) -> [UInt8] {
        word(28) + word(0) + long(begin) + long(0x100) + [0x44, 0x0e, 32] + [0, 0, 0, 0, 0]
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }

    private static func long(_ value: UInt64) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }

    /// An ELF file of 64 bits with these frames and nothing else.
    private static func elf(_ frames: [UInt8], machine: UInt8 = 62, isBig: Bool = false) -> [UInt8]
    {
        func number(_ value: Int, _ width: Int) -> [UInt8] {
            let bytes = (0..<width).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
            return isBig ? bytes.reversed() : bytes
        }
        let names = Array("\0.debug_frame\0.names\0".utf8)
        func header(_ name: Int, _ type: Int, _ offset: Int, _ size: Int) -> [UInt8] {
            number(name, 4) + number(type, 4) + number(0, 8) + number(0, 8) + number(offset, 8)
                + number(size, 8) + Array(repeating: 0, count: 24)
        }
        var file: [UInt8] =
            [0x7f, 0x45, 0x4c, 0x46, 2, isBig ? 2 : 1, 1] + Array(repeating: 0, count: 9)
        file += number(2, 2) + number(Int(machine), 2) + number(1, 4) + number(0, 16)
        file += number(64 + frames.count + names.count, 8) + number(0, 4)
        file += number(64, 2) + number(0, 4) + number(64, 2) + number(3, 2) + number(2, 2)
        file += frames + names + header(0, 0, 0, 0) + header(1, 1, 64, frames.count)
        return file + header(14, 3, 64 + frames.count, names.count)
    }

    @Test(arguments: [0, 0x5555_0000_0000] as [UInt64])
    func `each caller is found by the frames, wherever the file was loaded`(bias: UInt64) throws {
        let elf = try #require(ElfSections.read(Self.elf(Self.frames)))
        var stack = Array(repeating: UInt8(0), count: 64)
        stack.replaceSubrange(24..<32, with: Self.long(0x40_1150 + bias))
        stack.replaceSubrange(56..<64, with: Self.long(0x40_9000 + bias))
        var registers = Array(repeating: UInt64(0), count: 17)
        registers[7] = 0x7fff_0000
        let crash = slave_crash(
            pc: 0x40_1010 + bias, bias: bias, registers: registers, stack_begin: 0x7fff_0000,
            stack: stack)
        var walk = StackWalk(crash, of: elf)
        // Calls are looked for in front of where they return to.
        #expect(walk.addresses() == [0x40_1010, 0x40_114f, 0x40_8fff])
    }

    @Test func `a call of nowhere is its caller's`() throws {
        let elf = try #require(ElfSections.read(Self.elf(Self.frames)))
        var registers = Array(repeating: UInt64(0), count: 17)
        registers[7] = 0x7fff_0000
        let crash = slave_crash(
            pc: 0, registers: registers, stack_begin: 0x7fff_0000, stack: Self.long(0x40_1150))
        var walk = StackWalk(crash, of: elf)
        #expect(walk.addresses() == [0, 0x40_114f])
    }

    /// A host's bytes are hostile, and a file may be damaged: neither ends the command.
    @Test(arguments: seedsOfThisRun(10))
    func `a walk over any bytes ends, and finds a bounded number of frames`(seed: UInt64) {
        var numbers = SeededNumbers(seed)
        for _ in 0..<100 {
            var frames = Self.frames
            for _ in 0..<Int.random(in: 0...40, using: &numbers) {
                frames[numbers.below(frames.count)] = UInt8(numbers.below(256))
            }
            // Sizes and references of 64 bits, as large as they can be.
            if numbers.chance(0.3) {
                let at = numbers.below(frames.count / 4) * 4
                for index in at..<min(frames.count, at + numbers.within(4...24)) {
                    frames[index] = 0xff
                }
            }
            let machine =
                ([62, 3, 183, 40, 243, 22, 21, 8] as [UInt8]).randomElement(using: &numbers) ?? 62
            var file = Self.elf(
                frames, machine: machine, isBig: .random(using: &numbers))
            for _ in 0..<Int.random(in: 0...3, using: &numbers) {
                file[numbers.below(file.count)] = UInt8(numbers.below(256))
            }
            guard let elf = ElfSections.read(file) else { continue }
            let stack = (0..<Int.random(in: 0...4096, using: &numbers)).map { _ in
                UInt8.random(in: 0...255, using: &numbers)
            }
            let registers = (0..<Int.random(in: 0...96, using: &numbers)).map { _ in
                Bool.random(using: &numbers)
                    ? 0x40_1000 + UInt64.random(in: 0...0x200, using: &numbers)
                    : UInt64.random(in: 0...UInt64.max, using: &numbers)
            }
            let crash = slave_crash(
                pc: 0x40_1000 + .random(in: 0...0x200, using: &numbers), registers: registers,
                stack_begin: registers.last ?? 0, stack: stack)
            var walk = StackWalk(crash, of: elf)
            let count = walk.addresses().count
            #expect((1...StackWalk.framesMax).contains(count), "MARIONETTE_SEED=\(seed)")
        }
    }
}
