import Diagnostics
import Foundation
import JSONCoding
import RunRecords
import SlaveBuild
import WireProtocol
import XDRCoding

/// Turns what a crashed worker said of itself into functions and lines, by the unstripped ELF file of
/// its build.
public struct CrashExplanation: Sendable {
    private let crash: slave_crash
    private let target: String
    private let paths: BuildPaths
    private let environment: [String: String]

    /// - Parameter encoded: a `slave_crash` of Interfaces/slave.x.
    public init(
        encoded: [UInt8], target: String, paths: BuildPaths,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(DebuggingError) {
        var decoder = XDRDecoder(encoded)
        do throws(XDRError) {
            let crash = try slave_crash(from: &decoder)
            try decoder.finish()
            self.init(crash, target: target, paths: paths, environment: environment)
        } catch {
            throw .badCrash(reason: "\(error)")
        }
    }

    package init(
        _ crash: slave_crash, target: String, paths: BuildPaths,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.crash = crash
        self.target = target
        self.paths = paths
        self.environment = environment
    }

    /// What can be said: less if the file or a symboliser is missing, and then how to get more.
    public var text: CrashText {
        let cause = Self.cause(of: crash)
        let id = crash.build_id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard !crash.registers.isEmpty else {
            return CrashText(cause: cause, lines: ["(its stack can't be read on this machine)"])
        }
        let pc = [crash.pc &- crash.bias]
        guard let path = paths.anyDebugFile(target: target, buildId: id),
            let data = FileManager.default.contents(atPath: path),
            let elf = ElfSections.read([UInt8](data))
        else {
            return CrashText(
                cause: cause,
                lines: Self.plain(pc) + [
                    "(no names: the unstripped slave with build-id \(id) is not in"
                        + " '\(paths.debugFile(target: target, buildId: id))')"
                ])
        }
        var walk = StackWalk(crash, of: elf)
        let addresses = walk.addresses()
        guard let symboliser = Symboliser(environment: environment) else {
            return CrashText(
                cause: cause,
                lines: Self.plain(addresses) + [
                    "(no names: this machine has no symboliser: apt-get install llvm)"
                ])
        }
        // A symboliser names something for any address, also where a wild pointer led.
        let held = addresses.filter(elf.holds)
        guard let named = symboliser.places(of: held, in: path) else {
            return CrashText(
                cause: cause,
                lines: Self.plain(addresses) + [
                    "(no names: addr2line can't read a slave for \(target):"
                        + " apt-get install llvm)"
                ])
        }
        var rest = named[...]
        let places = addresses.map { address in
            elf.holds(address) ? rest.removeFirst() : [CodePlace(function: "??")]
        }
        // What is no address of a function is shown as it stood there.
        let shown = addresses.enumerated().map { index, address in
            elf.holds(address)
                ? address : index == 0 ? crash.pc : address &+ crash.bias &+ 1
        }
        return Self.text(cause, shown, places, isWhole: addresses.count < StackWalk.framesMax)
    }

    /// `text`, for the run that asked.
    public var json: String {
        get throws { String(decoding: try JSONWriter.text(text), as: UTF8.self) }
    }

    private static func plain(_ addresses: [UInt64]) -> [String] {
        addresses.enumerated().map { "#\($0) 0x\(String($1, radix: 16))" }
    }

    /// From the innermost function to the operation: what called that is ours.
    static func text(
        _ cause: String, _ addresses: [UInt64], _ places: [[CodePlace]], isWhole: Bool = true
    ) -> CrashText {
        var text = CrashText(cause: cause)
        var isEnd = false
        var repeats = 0
        var last = ""
        var function: String?
        for (index, frame) in places.enumerated() where !isEnd {
            for place in frame {
                if let finding = finding(in: place.function) {
                    text.cause = finding
                    continue
                }
                let line = place.line.map(shortened)
                // A call that the compiler merged with others has no line, but the stub calls nothing
                // else than the operation.
                if isStub(place.line), text.place == nil { text.place = function }
                if isOurs(place.line), text.place != nil {
                    isEnd = true
                    break
                }
                if text.place == nil, place.line?.hasPrefix(projectPrefix) == true {
                    text.place = line
                }
                let isKnown = place.function != "??"
                if isKnown { function = place.function }
                let words =
                    (isKnown ? place.function : hexadecimal(addresses[index]))
                    + (line.map { " at \($0)" } ?? "") + (place.isInlined ? " (inlined)" : "")
                if words == last {
                    repeats += 1
                    continue
                }
                if repeats > 0 { text.lines.append(repeated(repeats)) }
                (repeats, last) = (0, words)
                text.lines.append("#\(index) \(words)")
            }
        }
        if repeats > 0 { text.lines.append(repeated(repeats)) }
        if !isEnd, !isWhole { text.lines.append("(and more, which are not shown)") }
        return text
    }

    /// A check of a sanitizer that traps: clang notes what it found as a function that is inlined there,
    /// `__clang_trap_msg$Undefined Behavior Sanitizer$Array index out of bounds`.
    private static func finding(in function: String) -> String? {
        let parts = function.split(separator: "$", maxSplits: 2)
        guard parts.count == 3, parts[0] == "__clang_trap_msg" else { return nil }
        return "undefined behaviour: " + parts[2].prefix(1).lowercased() + parts[2].dropFirst()
    }

    private static let projectPrefix = "/marionette/"
    private static let runtimePrefix = "/marionette/runtime/"

    /// Marionette's sources, and those that it generates.
    private static func isOurs(_ line: String?) -> Bool {
        guard let line else { return false }
        return line.hasPrefix(runtimePrefix) || isStub(line)
    }

    private static func isStub(_ line: String?) -> Bool {
        line.map { $0.hasPrefix(projectPrefix) && $0.contains("/.marionette/") } ?? false
    }

    private static func repeated(_ count: Int) -> String {
        "(the same \(count) more \(count == 1 ? "time" : "times"))"
    }

    private static func hexadecimal(_ address: UInt64) -> String {
        "0x" + String(address, radix: 16)
    }

    /// A source of the project by its path there, another one by its name.
    private static func shortened(_ line: String) -> String {
        let parts = line.split(separator: "/")
        if line.hasPrefix(projectPrefix), parts.count > 2 {
            return parts.dropFirst(2).joined(separator: "/")
        }
        return parts.last.map(String.init) ?? line
    }

    // MARK: The cause

    /// Around the stack pointer, and in no page of the stack.
    private static let guardReach: UInt64 = 1 << 20
    private static let nullReach: UInt64 = 1 << 16

    static func cause(of crash: slave_crash) -> String {
        switch crash.signal {
        case "SIGSEGV", "SIGBUS": access(crash)
        case "SIGFPE": "an arithmetic fault, such as a division by zero"
        case "SIGILL", "SIGTRAP": "a trap: a check that the compiler put there failed"
        case "SIGABRT": "it called abort, as a failed assertion or an uncaught exception does"
        case "SIGSYS": "a system call that is forbidden there"
        default: "a signal"
        }
    }

    private static func access(_ crash: slave_crash) -> String {
        guard let fault = crash.fault else { return "a signal that was sent to it" }
        if fault == .max { return "an address that no process can have was used" }
        if crash.pc < nullReach, !crash.registers.isEmpty {
            return "a null function pointer was called"
        }
        // Some machines tell no more than the page.
        if fault == crash.pc || fault == crash.pc & ~0xfff {
            return "a jump to \(hexadecimal(crash.pc)), where no code is"
        }
        let stack = crash.stack_begin
        let distance = fault > stack ? fault - stack : stack - fault
        // What lies above the stack pointer is there, as far as it was copied.
        let isCopied = fault >= stack && fault - stack < UInt64(crash.stack.count)
        if !crash.registers.isEmpty, distance < guardReach, !isCopied,
            crash.stack.isEmpty || crash.stack.count > SLAVE_STACK_MAX / 2
        {
            return "stack overflow"
        }
        if fault < nullReach { return "a null pointer was used" }
        return "address \(hexadecimal(fault)) can't be used"
    }
}
