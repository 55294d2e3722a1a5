/// What slaves are built for: a file of Targets/, named by its triple.
public struct Target: Hashable, Sendable {
    public enum Endianness: String, Hashable, Sendable, CaseIterable { case little, big }

    /// The triple, as zig writes it: `s390x-linux-musl`.
    public var name: String
    /// The first part of the triple, for narrow displays.
    public var architecture: String { String(name.prefix { $0 != "-" }) }
    /// What `uname -m` says on hosts of this target.
    public var machines: [String]
    public var endianness: Endianness
    public var wordBits: Int
    public var toolchain: Toolchain.Kind
    /// Arguments of every compilation and of the link.
    public var flags: [String]
    /// The user-mode emulator that runs binaries of this target elsewhere, for hints.
    public var emulator: String
    /// How workers in Swift are compiled; nil: they must be written in C (see `reasonForC`).
    public var swift: EmbeddedSwift?

    public init(
        name: String, machines: [String], endianness: Endianness, wordBits: Int,
        toolchain: Toolchain.Kind = .zig, flags: [String], emulator: String,
        swift: EmbeddedSwift? = nil
    ) {
        self.name = name
        self.machines = machines
        self.endianness = endianness
        self.wordBits = wordBits
        self.toolchain = toolchain
        self.flags = flags
        self.emulator = emulator
        self.swift = swift
    }
}
