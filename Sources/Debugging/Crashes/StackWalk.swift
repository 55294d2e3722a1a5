import SlaveBuild
import WireProtocol

/// From the registers and the stack of a crashed worker to the addresses of its functions.
struct StackWalk {
    static let framesMax = 64

    private let crash: slave_crash
    private let elf: ElfSections
    private let table: FrameTable
    private var registers: [UInt64?]

    init(_ crash: slave_crash, of elf: ElfSections) {
        self.crash = crash
        self.elf = elf
        table = FrameTable(elf)
        registers = crash.registers
    }

    /// The addresses, as the file has them, of the instruction and of the calls that lead to it, the
    /// innermost first. What was read from the stack may be anything: there are at most `framesMax`.
    mutating func addresses() -> [UInt64] {
        var pc = crash.pc &- crash.bias
        // A return address is behind its call, and may be the next function's.
        var isCall = false
        var found = [pc]
        var frame: UInt64 = 0
        while found.count < Self.framesMax {
            let place = isCall ? pc &- 1 : pc
            guard let function = table.function(at: place),
                let row = table.row(of: function, at: place)
            else {
                // A jump to nowhere: whoever called is where a call leaves that.
                guard !isCall, let caller = callerOfNowhere() else { break }
                (pc, isCall) = (caller, true)
                found.append(pc &- 1)
                continue
            }
            guard let base = row.frame, let value = value(base.register) else { break }
            let next = address(value, base.offset)
            guard next >= frame, let caller = step(row, function, next) else { break }
            // Where neither moves, nothing follows.
            if next == frame, caller == pc { break }
            (pc, frame, isCall) = (caller, next, !function.isSignal)
            found.append(isCall ? pc &- 1 : pc)
        }
        return found
    }

    private func value(_ register: Int) -> UInt64? {
        registers.indices.contains(register) ? registers[register] : nil
    }

    private func address(_ base: UInt64, _ offset: Int64) -> UInt64 {
        let sum = base &+ UInt64(bitPattern: offset)
        return elf.file.is64 ? sum : sum & 0xffff_ffff
    }

    /// A word of the stack.
    private func word(at address: UInt64) -> UInt64? {
        let width = elf.file.is64 ? 8 : 4
        let offset = address &- crash.stack_begin
        guard address >= crash.stack_begin, offset <= UInt64(crash.stack.count),
            Int(offset) + width <= crash.stack.count
        else { return nil }
        var cursor = ByteCursor(
            crash.stack, in: Int(offset)..<crash.stack.count, isBig: elf.file.isBig)
        return cursor.number(width)
    }

    /// Makes the registers those of the caller, and returns where it goes on.
    private mutating func step(
        _ row: FrameTable.Row, _ function: FrameTable.Function, _ frame: UInt64
    ) -> UInt64? {
        var caller = registers
        // Beyond s390x's the frame's address is the caller's stack pointer.
        if let stack = stackRegister, caller.indices.contains(stack) {
            caller[stack] =
                elf.file.machine == 22 ? address(frame, elf.file.is64 ? -160 : -96) : frame
        }
        for (register, rule) in row.rules where caller.indices.contains(register) {
            switch rule {
            case .same: caller[register] = value(register)
            case .undefined: caller[register] = nil
            case .saved(let offset): caller[register] = word(at: address(frame, offset))
            case .address(let offset): caller[register] = address(frame, offset)
            case .register(let other): caller[register] = value(other)
            }
        }
        registers = caller
        guard let pc = value(function.returnRegister), pc != 0 else { return nil }
        // ARM and MIPS mark a kind of code in the lowest bit.
        let plain = elf.file.machine == 40 || elf.file.machine == 8 ? pc & ~1 : pc
        return plain &- crash.bias
    }

    private mutating func callerOfNowhere() -> UInt64? {
        let pc: UInt64?
        if elf.file.machine == 62 || elf.file.machine == 3 || elf.file.machine == 4 {
            pc = word(at: crash.stack_begin)
            if let stack = stackRegister, registers.indices.contains(stack) {
                registers[stack] = address(crash.stack_begin, elf.file.is64 ? 8 : 4)
            }
        } else {
            pc = linkRegister.flatMap(value)
        }
        guard let pc, pc != 0 else { return nil }
        return (elf.file.machine == 40 || elf.file.machine == 8 ? pc & ~1 : pc) &- crash.bias
    }

    /// DWARF's number of the stack pointer, by the ELF file's machine.
    private var stackRegister: Int? {
        switch elf.file.machine {
        case 62: 7  // x86-64
        case 3: 4  // i386
        case 183: 31  // AArch64
        case 40: 13  // ARM
        case 243: 2  // RISC-V
        case 22: 15  // s390x
        case 20, 21: 1  // PowerPC
        case 8: 29  // MIPS
        case 258: 3  // LoongArch
        case 4: 15  // m68k
        default: nil
        }
    }

    private var linkRegister: Int? {
        switch elf.file.machine {
        case 183: 30
        case 40: 14
        case 243, 258: 1
        case 22: 14
        case 20, 21: 65
        case 8: 31
        default: nil
        }
    }
}
