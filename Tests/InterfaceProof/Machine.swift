/// A compiler and what runs its programs: kinds of memory that generated C has to be right on.
public enum Machine: String, CaseIterable, Sendable {
    /// 64 bits, little-endian, by gcc.
    case native
    /// By clang, every wrong access or undefined operation ending the program.
    case sanitized
    /// 64 bits, big-endian, under emulation.
    case s390x
    /// 32 bits, little-endian, under emulation.
    case armv7
    /// 32 bits, big-endian, under emulation.
    case powerpc
    /// 32 bits, little-endian, where eight bytes are aligned to four, and numbers pass through
    /// registers of other sizes.
    case i686

    static let warnings = [
        "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror",
    ]

    /// The same flags as our targets have: zig builds a C library for each set.
    private static func zig(_ triple: String) -> [String] {
        [
            Tools.zig ?? "zig", "cc", "-target", triple, "-static", "-O2", "-g",
            "-ffp-contract=off", "-fno-sanitize=undefined",
        ]
    }

    var compiler: [String] {
        switch self {
        case .native: ["gcc", "-O1"]
        case .sanitized:
            ["clang", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        case .s390x: Self.zig("s390x-linux-musl")
        case .armv7: Self.zig("arm-linux-musleabihf")
        case .powerpc: Self.zig("powerpc-linux-musleabihf")
        case .i686: Self.zig("x86-linux-musl")
        }
    }

    var emulator: [String] {
        switch self {
        case .native, .sanitized: []
        case .s390x: ["qemu-s390x-static"]
        case .armv7: ["qemu-arm-static"]
        case .powerpc: ["qemu-ppc-static"]
        case .i686: ["qemu-i386-static"]
        }
    }
}
