/// What slaves are built for: a file of Targets/, which gives it its name.
public struct Target: Hashable, Sendable {
    public enum Endianness: String, Hashable, Sendable, CaseIterable { case little, big }

    public var name: String
    /// What stands for it in narrow displays: the first part of its name, if no other target has
    /// that, or else the whole name.
    public var architecture: String
    /// What `uname -m` says on hosts of this target; the one that it is made for stands first.
    public var machines: [String]
    public var endianness: Endianness
    public var wordBits: Int
    /// What its binaries need of a processor: words of a line of Linux's /proc/cpuinfo, by the name of the
    /// line, which is another one for each kind (`flags`, `Features`, `features`, `isa`).
    public var processor: [String: [String]] = [:]
    /// The ways to build it, in order of preference; never empty.
    public private(set) var recipes: [TargetRecipe]
    /// The one that is taken.
    public var recipe: TargetRecipe
    /// The user-mode emulator that runs binaries of this target elsewhere, for hints; nil: none.
    public var emulator: String?
    /// How workers in Swift are compiled; nil: they must be written in C (see `reasonForC`).
    public var swift: EmbeddedSwift?
    /// How floating point differs from that of other targets; nil: results agree to the bit.
    public var floats: String?
    /// What else one has to know before one uses it, a sentence each.
    public var notes: [String] = []
    /// It is a file of the project, and does not come with Marionette.
    public var isOwn = false

    /// What compilers call it: `s390x-linux-musl`.
    public var triple: String { recipe.triple }
    public var toolchain: Toolchain.Kind { recipe.toolchain }
    /// Arguments of every compilation and of the link.
    public var flags: [String] {
        get { recipe.flags }
        set { recipe.flags = newValue }
    }

    public init(
        name: String, machines: [String], endianness: Endianness, wordBits: Int,
        recipes: [TargetRecipe], emulator: String? = nil, swift: EmbeddedSwift? = nil
    ) {
        precondition(!recipes.isEmpty, "a target is built somehow")
        self.name = name
        architecture = String(name.prefix { $0 != "-" })
        self.machines = machines
        self.endianness = endianness
        self.wordBits = wordBits
        self.recipes = recipes
        recipe = recipes[0]
        self.emulator = emulator
        self.swift = swift
    }

    /// A target whose name is its triple, and which one toolchain builds.
    public init(
        name: String, machines: [String], endianness: Endianness, wordBits: Int,
        toolchain: Toolchain.Kind = .zig, flags: [String], emulator: String,
        swift: EmbeddedSwift? = nil
    ) {
        self.init(
            name: name, machines: machines, endianness: endianness, wordBits: wordBits,
            recipes: [TargetRecipe(toolchain: toolchain, triple: name, flags: flags)],
            emulator: emulator, swift: swift)
    }

    /// Built in this way.
    public func built(by recipe: TargetRecipe) -> Target {
        var target = self
        target.recipe = recipe
        return target
    }
}
