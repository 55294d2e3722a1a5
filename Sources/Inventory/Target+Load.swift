import Foundation

extension Target {
    /// Reads a file of Targets/:
    ///
    ///     triple: s390x-linux-musl          # also the file's name
    ///     machines: [s390x]                 # what `uname -m` says there
    ///     endianness: big
    ///     word-bits: 64
    ///     toolchain: zig
    ///     flags: [-O2, -g]
    ///     emulator: qemu-s390x-static
    ///     swift:                            # where workers may be written in Swift
    ///       triple: riscv64-none-none-eabi
    ///       flags: [-Xcc, -mabi=lp64d]
    ///       headers: riscv64-linux-musl
    static func load(file: String) throws(InventoryError) -> Target {
        let yaml = try YAMLFile.load(path: file, name: file)
        let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
        return try parse(yaml, stem: stem)
    }

    static func parse(_ yaml: YAMLFile, stem: String) throws(InventoryError) -> Target {
        var reader = StrictReader(file: yaml)
        let keys = [
            "triple", "machines", "endianness", "word-bits", "toolchain", "flags", "emulator",
        ]
        let fields = reader.fields(
            of: yaml.root, in: "the target", known: keys + ["swift"], required: keys)
        let triple = reader.text(fields["triple"], "triple")
        if let triple, triple != stem, let node = fields["triple"] {
            reader.fault(at: node, "triple '\(triple)' is not the file's name '\(stem)'")
        }
        let endianness: Endianness? = reader.choice(fields["endianness"], "endianness")
        let wordBits = reader.number(fields["word-bits"], "word-bits", in: 16...128)
        let toolchain: Toolchain.Kind? = reader.choice(fields["toolchain"], "toolchain")
        let machines = reader.list(fields["machines"], "machines").map(\.text)
        let flags = reader.list(fields["flags"], "flags").map(\.text)
        let emulator = reader.text(fields["emulator"], "emulator")
        let swift = embeddedSwift(fields["swift"], &reader)
        try reader.finish()
        guard let endianness, let wordBits, let toolchain, let emulator else {
            throw .unreadable(file: yaml.name, reason: "it is incomplete")
        }
        return Target(
            name: stem, machines: machines, endianness: endianness, wordBits: wordBits,
            toolchain: toolchain, flags: flags, emulator: emulator, swift: swift)
    }

    private static func embeddedSwift(_ node: YAMLNode?, _ reader: inout StrictReader)
        -> EmbeddedSwift?
    {
        guard let node else { return nil }
        let fields = reader.fields(
            of: node, in: "'swift'", known: ["triple", "flags", "headers"],
            required: ["triple", "headers"])
        let flags = reader.list(fields["flags"], "flags").map(\.text)
        guard let triple = reader.text(fields["triple"], "triple"),
            let headers = reader.text(fields["headers"], "headers")
        else { return nil }
        return EmbeddedSwift(triple: triple, flags: flags, headers: headers)
    }
}
