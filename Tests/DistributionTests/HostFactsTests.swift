import Distribution
import Foundation
import TestKit
import Testing
import Transport

@Suite struct HostFactsTests {
    private func facts(_ answer: String) throws -> HostFacts {
        try HostFacts.probe(ScriptedHost("pi1", [CommandResult(0, answer)]))
    }

    @Test func `a host's answers become facts`() throws {
        let answer = """
            Welcome to this machine
            system Linux
            machine s390x
            order 0102
            bits 64
            class 2
            cores 3
            kilobytes 2048

            """
        #expect(
            try facts(answer)
                == HostFacts(
                    machine: "s390x", system: "Linux", isBigEndian: true, wordBits: 64, cores: 3,
                    memory: 2 << 20))
    }

    @Test func `what a host does not tell is nil, and the word size has a second source`() throws {
        let answer = "system Linux\nmachine armv7l\norder \nbits \nclass 1\ncores x\nkilobytes -5\n"
        #expect(
            try facts(answer) == HostFacts(machine: "armv7l", system: "Linux", wordBits: 32))
    }

    @Test func `a host without a shell is told`() {
        let host = ScriptedHost("pi1", [CommandResult(1, "", errors: "no login\n")])
        #expect(throws: DistributionError.notPOSIX(host: "pi1", answer: "no login")) {
            try HostFacts.probe(host)
        }
    }

    @Test func `this machine's facts are those of its own tools`() throws {
        let connection = try StandardConnector().connect(to: .local, host: "here")
        let facts = try HostFacts.probe(connection)
        #expect(facts.isBigEndian == (1.bigEndian == 1))
        #expect(facts.wordBits == Int.bitWidth)
        #expect(facts.cores == ProcessInfo.processInfo.activeProcessorCount)
        #expect((facts.memory ?? 0) > 1 << 20)
        if facts.machine == "x86_64" { #expect(facts.processor["flags"]?.contains("sse2") == true) }
    }

    /// Lines of /proc/cpuinfo of real machines, a Pentium II, a Raspberry Pi 4 under a 32-bit system and a
    /// Tegra 2, as the probe sends them.
    @Test func `a processor that is older than its target is found`() throws {
        func shortage(_ line: String, needs processor: [String: [String]]) throws -> [String]? {
            let target = TargetArchitecture(
                target: "t", machines: ["m"], isBigEndian: false, wordBits: 32,
                processor: processor)
            return target.shortage(of: try facts("system Linux\nmachine m\n\(line)\n").processor)
        }
        let pentium = """
            processor-flags : fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 mmx fxsr
            """.replacing(" :", with: "")
        let pi = "processor-Features half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva crc32"
        let tegra = "processor-Features swp half thumb fastmult vfp edsp vfpv3 vfpv3d16"
        #expect(
            try shortage(pentium, needs: ["flags": ["sse2"]]) == ["sse2"])
        #expect(try shortage(pentium, needs: ["flags": ["mmx", "cmov"]]) == nil)
        #expect(try shortage(pi, needs: ["Features": ["vfpv3", "neon"]]) == nil)
        #expect(
            try shortage(tegra, needs: ["Features": ["vfpv4", "vfpv3", "neon"]])
                == ["vfpv4", "neon"])
        // Another system, or another kind of processor under an emulator: nobody knows.
        #expect(try shortage("", needs: ["flags": ["sse2"]]) == nil)
        #expect(try shortage(pentium, needs: ["Features": ["neon"]]) == nil)
    }

    struct Case: Sendable {
        var target: TargetArchitecture
        var facts: HostFacts
        var disagreement: String?
    }

    private static let arm = TargetArchitecture(
        target: "arm-linux-musleabihf", machines: ["armv7l"], isBigEndian: false, wordBits: 32)
    private static let mips64 = TargetArchitecture(
        target: "mips-linux-musl", machines: ["mips"], isBigEndian: true, wordBits: 64)
    private static let aarch64 = TargetArchitecture(
        target: "aarch64-linux-musl", machines: ["aarch64"], isBigEndian: false, wordBits: 64)

    static let cases = [
        Case(target: arm, facts: HostFacts(machine: "armv7l", system: "Linux")),
        Case(
            target: arm, facts: HostFacts(machine: "x86_64", system: "Linux"),
            disagreement: "uname -m says x86_64"),
        Case(
            target: mips64,
            facts: HostFacts(machine: "mips", system: "Linux", isBigEndian: false, wordBits: 32),
            disagreement: "the host is little-endian"),
        Case(
            target: mips64,
            facts: HostFacts(machine: "mips", system: "Linux", isBigEndian: true, wordBits: 32),
            disagreement: "the host's words have 32 bits"),
        // A 64-bit kernel under a 32-bit system, as Raspberry Pi OS has it.
        Case(
            target: aarch64,
            facts: HostFacts(machine: "aarch64", system: "Linux", isBigEndian: false, wordBits: 32)),
    ]

    @Test(arguments: cases)
    func `a target agrees with a host, or the reason is told`(_ example: Case) {
        #expect(example.target.disagreement(with: example.facts) == example.disagreement)
    }
}
