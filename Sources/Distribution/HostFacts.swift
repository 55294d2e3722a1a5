import Diagnostics
import Transport

/// What a host says of itself. What its tools do not tell is nil.
public struct HostFacts: Hashable, Sendable, Codable {
    /// `uname -m`: `aarch64`
    public var machine: String
    /// `uname -s`: `Linux`
    public var system: String
    public var isBigEndian: Bool?
    /// Of a `long` in the host's own programs: 32 or 64.
    public var wordBits: Int?
    public var cores: Int?
    /// In bytes.
    public var memory: Int?
    /// What the processor can do: words of a line of /proc/cpuinfo, by the line's name (`flags`,
    /// `Features`). Under an emulator it is another processor's.
    public var processor: [String: Set<String>] = [:]

    /// The processor's words are left out: they are many, and /proc/cpuinfo has them.
    private enum CodingKeys: CodingKey {
        case machine, system, isBigEndian, wordBits, cores, memory
    }

    public init(
        machine: String, system: String, isBigEndian: Bool? = nil, wordBits: Int? = nil,
        cores: Int? = nil, memory: Int? = nil
    ) {
        self.machine = machine
        self.system = system
        self.isBigEndian = isBigEndian
        self.wordBits = wordBits
        self.cores = cores
        self.memory = memory
    }

    /// Asks a host. Its shell is POSIX; each tool beyond that has a fallback, or its fact is nil.
    public static func probe(
        _ connection: any HostConnection
    ) throws(DistributionError) -> HostFacts {
        let result: CommandResult
        do {
            result = try connection.run(script: RemoteScripts.probe)
        } catch {
            throw .transport(error)
        }
        guard let facts = HostFacts(answer: result.outputText) else {
            throw .notPOSIX(host: connection.host, answer: result.errorText.firstLine)
        }
        return facts
    }

    /// Reads the lines `word value` of the probe; nil without a machine and a system.
    init?(answer: String) {
        let answers = Answers(answer)
        guard let machine = answers["machine"], let system = answers["system"] else { return nil }
        self.init(machine: machine, system: system)
        // Two bytes 1 and 2, read as one number.
        switch answers["order"] {
        case "0201": isBigEndian = false
        case "0102": isBigEndian = true
        default: break
        }
        wordBits = answers.positive("bits")
        cores = answers.positive("cores")
        memory = answers.positive("kilobytes").map { $0 * 1_024 }
        if wordBits == nil {
            // The class of an ELF header, ELFCLASS32 and ELFCLASS64.
            wordBits = ["1": 32, "2": 64][answers["class"] ?? ""]
        }
        processor = answers.processor
    }
}

/// Lines of `word value`, as our scripts print them among what a login shell may print.
struct Answers {
    private var values: [String: String] = [:]

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { continue }
            values[String(parts[0])] = String(parts[1]).neutral
        }
    }

    subscript(word: String) -> String? { values[word] }

    /// By the line of /proc/cpuinfo that has them.
    var processor: [String: Set<String>] {
        let prefix = "processor-"
        let lines = values.filter { $0.key.hasPrefix(prefix) }.map { key, text in
            (String(key.dropFirst(prefix.count)), Set(text.split(separator: " ").map(String.init)))
        }
        return Dictionary(uniqueKeysWithValues: lines)
    }

    func positive(_ word: String, orZero: Bool = false) -> Int? {
        // More than this is no count of cores or kilobytes but a broken tool.
        values[word].flatMap(Int.init).flatMap {
            (orZero ? 0 : 1)...(1 << 40) ~= $0 ? $0 : nil
        }
    }
}

extension String {
    var firstLine: String {
        split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }
}
