import Foundation

extension Target {
    /// Reads a file of Targets/, whose name is the target's:
    ///
    ///     triple: s390x-linux-musl          # for the compiler; by default the file's name
    ///     machines: [s390x]                 # what `uname -m` says there
    ///     endianness: big
    ///     word-bits: 64
    ///     toolchain: zig                    # or gcc, or clang, or several with what differs
    ///     flags: [-O2, -g]
    ///     processor: { features: [vx] }     # optional, as all that follows: words of /proc/cpuinfo
    ///     emulator: qemu-s390x-static
    ///     compiler: /opt/cross/bin/gcc      # of gcc and clang: a name or a path
    ///     c++-compiler: /opt/cross/bin/g++
    ///     packages: [g++-s390x-linux-gnu]   # Debian's, which have the compiler
    ///     link: static
    ///     floats: no subnormal numbers      # how results differ from other targets
    ///     notes: [needs Linux 5.10]
    ///     swift:                            # where workers may be written in Swift
    ///       triple: riscv64-none-none-eabi
    ///       flags: [-Xcc, -mabi=lp64d]
    ///       headers: riscv64-linux-musl
    ///
    /// - Parameters:
    ///   - shownAs: how messages name the file.
    ///   - isOwn: it is of a project.
    static func load(file: String, shownAs: String, isOwn: Bool) throws(InventoryError) -> Target {
        let yaml = try YAMLFile.load(path: file, name: shownAs)
        let url = URL(fileURLWithPath: file)
        let base = url.deletingLastPathComponent().deletingLastPathComponent().path
        var target = try parse(
            yaml, stem: url.deletingPathExtension().lastPathComponent, base: base)
        target.isOwn = isOwn
        return target
    }

    /// - Parameter base: what the path of a compiler is relative to.
    static func parse(
        _ yaml: YAMLFile, stem: String, base: String = "/"
    ) throws(InventoryError) -> Target {
        try TargetReader(reader: StrictReader(file: yaml), stem: stem, base: base).read()
    }
}

/// Reads one file of Targets/. Faults of all its parts are told together.
private struct TargetReader {
    var reader: StrictReader
    let stem: String
    let base: String

    private static let required = ["machines", "endianness", "word-bits", "toolchain", "flags"]
    /// What may differ from toolchain to toolchain.
    private static let differing = ["compiler", "c++-compiler", "packages", "link"]
    private static let keys =
        ["name", "triple"] + required + ["processor", "emulator"] + differing
        + ["floats", "notes", "swift"]
    private static let processorLines = ["flags", "Features", "features", "isa"]

    consuming func read() throws(InventoryError) -> Target {
        let fields = reader.fields(
            of: reader.file.root, in: "the target", known: Self.keys, required: Self.required)
        checkName(fields["name"])
        let endianness: Target.Endianness? = reader.choice(fields["endianness"], "endianness")
        let wordBits = reader.number(fields["word-bits"], "word-bits", in: 16...128)
        let machines = reader.list(fields["machines"], "machines").map(\.text)
        if let node = fields["machines"], node.sequence?.isEmpty == true {
            reader.fault(at: node, "'machines' is empty", remedy: "'uname -m' on a host says it")
        }
        let processor = processor(fields["processor"])
        let recipes = recipes(fields)
        let emulator = reader.text(fields["emulator"], "emulator")
        let floats = reader.text(fields["floats"], "floats")
        let notes = reader.list(fields["notes"], "notes").map(\.text)
        let swift = embeddedSwift(fields["swift"])
        if let node = fields["swift"], recipes.contains(where: { $0.toolchain != .zig }) {
            reader.fault(
                at: node, "'swift' needs the toolchain zig, and no other",
                notes: ["the C library's headers come from zig"])
        }
        try reader.finish()
        guard let endianness, let wordBits, !recipes.isEmpty else {
            throw .unreadable(file: reader.file.name, reason: "it is incomplete")
        }
        var target = Target(
            name: stem, machines: machines, endianness: endianness, wordBits: wordBits,
            recipes: recipes, emulator: emulator, swift: swift)
        target.processor = processor
        target.floats = floats
        target.notes = notes
        return target
    }

    private mutating func checkName(_ node: YAMLNode?) {
        let isName =
            stem.utf8.first?.isLetterOrDigit == true
            && stem.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
        if !isName {
            reader.fault(
                at: reader.file.root, "'\(stem)' is no name of a target",
                notes: ["letters, digits, '.', '_' and '-'; the file's name is the target's"],
                remedy: "rename the file")
        }
        if TargetCatalog.reserved.contains(stem) {
            reader.fault(
                at: reader.file.root, "no target can be called '\(stem)'", remedy: "rename the file"
            )
        }
        if let name = reader.text(node, "name"), name != stem, let node {
            reader.fault(at: node, "name '\(name)' is not the file's name '\(stem)'")
        }
    }

    private mutating func processor(_ node: YAMLNode?) -> [String: [String]] {
        guard let node else { return [:] }
        let fields = reader.fields(of: node, in: "'processor'", known: Self.processorLines)
        return fields.reduce(into: [:]) { words, field in
            words[field.key] = reader.list(field.value, field.key).map(\.text)
        }
    }

    /// The ways to build the target; none where a fault was met.
    private mutating func recipes(_ fields: [String: YAMLNode]) -> [TargetRecipe] {
        guard let node = fields["toolchain"] else { return [] }
        guard let mapping = node.mapping else {
            guard let kind: Toolchain.Kind = reader.choice(node, "toolchain") else { return [] }
            checkCompiler(fields, of: kind)
            return [recipe(kind, fields, [:])]
        }
        if mapping.isEmpty { reader.fault(at: node, "'toolchain' is empty") }
        var recipes: [TargetRecipe] = []
        for (key, value) in mapping {
            guard let kind: Toolchain.Kind = reader.choice(key, "toolchain") else { continue }
            let own =
                value.null
                ? [:]
                : reader.fields(
                    of: value, in: "'\(kind.rawValue)'",
                    known: ["triple", "flags"] + Self.differing)
            checkCompiler(own, of: kind)
            recipes.append(recipe(kind, fields, own))
        }
        return recipes
    }

    private mutating func checkCompiler(_ fields: [String: YAMLNode], of kind: Toolchain.Kind) {
        guard kind == .zig else { return }
        for key in ["compiler", "c++-compiler", "packages"] {
            guard let node = fields[key] else { continue }
            reader.fault(
                at: node, "'\(key)' means nothing for zig",
                remedy: "MARIONETTE_ZIG names a zig that is elsewhere")
        }
    }

    /// - Parameter own: what differs from the other toolchains.
    private mutating func recipe(
        _ kind: Toolchain.Kind, _ fields: [String: YAMLNode], _ own: [String: YAMLNode]
    ) -> TargetRecipe {
        func field(_ key: String) -> YAMLNode? { own[key] ?? fields[key] }
        let triple = reader.text(field("triple"), "triple") ?? stem
        if triple.hasPrefix("-"), let node = field("triple") {
            reader.fault(at: node, "triple '\(triple)' is an option")
        }
        let packages = field("packages").map { node in reader.list(node, "packages").map(\.text) }
        let link: TargetRecipe.Link? = reader.choice(field("link"), "link")
        return TargetRecipe(
            toolchain: kind, triple: triple,
            flags: reader.list(field("flags"), "flags").map(\.text),
            compiler: program(field("compiler"), "compiler"),
            cxxCompiler: program(field("c++-compiler"), "c++-compiler"),
            packages: packages, link: link)
    }

    /// A name stays one; a path becomes absolute.
    private mutating func program(_ node: YAMLNode?, _ key: String) -> String? {
        guard let text = reader.text(node, key) else { return nil }
        guard text.contains("/") else { return text }
        if text.hasPrefix("~/") { return NSHomeDirectory() + text.dropFirst(1) }
        let directory = URL(fileURLWithPath: base, isDirectory: true)
        return URL(fileURLWithPath: text, relativeTo: directory).standardizedFileURL.path
    }

    private mutating func embeddedSwift(_ node: YAMLNode?) -> EmbeddedSwift? {
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
