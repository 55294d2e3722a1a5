/// What a target says of the hosts that it is for.
public struct TargetArchitecture: Hashable, Sendable {
    /// The target's name: `s390x-linux-musl`.
    public var target: String
    /// What `uname -m` may say there.
    public var machines: [String]
    public var isBigEndian: Bool
    public var wordBits: Int
    /// What the target's binaries need of the processor: words of a line of /proc/cpuinfo, by the line's
    /// name.
    public var processor: [String: [String]]

    public init(
        target: String, machines: [String], isBigEndian: Bool, wordBits: Int,
        processor: [String: [String]] = [:]
    ) {
        self.target = target
        self.machines = machines
        self.isBigEndian = isBigEndian
        self.wordBits = wordBits
        self.processor = processor
    }

    /// Why binaries of the target can't run on such a host; nil: they can, as far as one can tell.
    ///
    /// The name of the machine is the kernel's word, and a static binary needs nothing else. So the
    /// word size, which is that of the host's shell, decides only where the name leaves it open: a
    /// 64-bit kernel under a 32-bit system runs binaries of both sizes.
    public func disagreement(with facts: HostFacts) -> String? {
        guard machines.contains(facts.machine) else { return "uname -m says \(facts.machine)" }
        if let isHostBigEndian = facts.isBigEndian, isHostBigEndian != isBigEndian {
            return "the host is \(isHostBigEndian ? "big" : "little")-endian"
        }
        let says64 = facts.machine.contains("64") || facts.machine == "s390x"
        if !says64, let bits = facts.wordBits, bits < wordBits {
            return "the host's words have \(bits) bits"
        }
        return nil
    }

    /// What the processor lacks for binaries of the target; nil: nothing, as far as one can tell. A line
    /// that the host does not have says nothing: other kernels call it otherwise.
    public func shortage(of processor: [String: Set<String>]) -> [String]? {
        let missing = self.processor.sorted { $0.key < $1.key }.flatMap { line, words in
            processor[line].map { has in words.filter { !has.contains($0) } } ?? []
        }
        return missing.isEmpty ? nil : missing
    }
}
