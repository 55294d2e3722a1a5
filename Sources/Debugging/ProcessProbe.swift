import Diagnostics
import Foundation
import Transport

/// What a host tells about one of its processes before a debugger is sent to it.
struct ProcessProbe: Hashable, Sendable {
    /// The program that the process executes: the slave, or the emulator that executes it.
    var program: String
    /// Where gdbserver is; nil: it has none.
    var server: String?
    /// Yama's kernel.yama.ptrace_scope; nil: no such policy there.
    var scope: Int?
    /// Whether the shell that was asked may use ptrace on any process of its user.
    var hasCapability: Bool
    /// The first pages of the program.
    var head: [UInt8]

    /// Ends with 3 where there is no such process. The readable part ends with an empty line; bytes
    /// of the program follow. CAP_SYS_PTRACE is bit 19 of the effective capabilities.
    static let script = """
        process=$1
        program=$(readlink "/proc/$process/exe") || exit 3
        echo "program=$program"
        echo "server=$(command -v gdbserver)"
        echo "scope=$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null)"
        echo "capabilities=$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)"
        echo
        head -c 65536 "/proc/$process/exe"
        """

    private static let ptraceCapability: UInt64 = 1 << 19

    /// nil: that is not what the script prints.
    init?(output: [UInt8]) {
        let newline = UInt8(ascii: "\n")
        guard
            let blank = output.indices.dropLast().first(where: {
                output[$0] == newline && output[$0 + 1] == newline
            })
        else { return nil }
        var fields: [String: String] = [:]
        for line in String(decoding: output[..<blank], as: UTF8.self).split(separator: "\n") {
            let parts = line.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            fields[String(parts[0])] = String(parts[1])
        }
        guard let program = fields["program"] else { return nil }
        self.program = program
        server = fields["server"].flatMap { $0.isEmpty ? nil : $0 }
        scope = fields["scope"].flatMap(Int.init)
        let capabilities = fields["capabilities"].flatMap { UInt64($0, radix: 16) } ?? 0
        hasCapability = capabilities & Self.ptraceCapability != 0
        head = Array(output[(blank + 2)...])
    }

    /// Asks a host.
    init(
        process: Int32, who: String, over connection: any HostConnection
    ) throws(AttachError) {
        let host = connection.host
        let result: CommandResult
        do throws(TransportError) {
            result = try connection.run(script: Self.script, arguments: ["\(process)"])
        } catch {
            throw .transport(error)
        }
        if result.status == 3 {
            throw .debugging(.processGone(host: host, who: who, process: process))
        }
        guard result.status == 0, let probe = ProcessProbe(output: result.output) else {
            let reason = result.errorText.split(separator: "\n").last.map(String.init)
            throw .debugging(
                .probeFailed(host: host, reason: reason ?? exitText(result.status)))
        }
        self = probe
    }

    /// The emulator's name where the process is a guest of one.
    var emulator: String? {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        return name.hasPrefix("qemu-") ? name : nil
    }

    /// Whether Yama's policy keeps gdbserver, which is no parent of the process, away from it.
    var isForbidden: Bool { (scope ?? 0) > 0 && !hasCapability }
}
