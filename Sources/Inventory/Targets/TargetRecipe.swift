/// A way to build a target: a toolchain, and all that depends on which one it is.
public struct TargetRecipe: Hashable, Sendable {
    public enum Link: String, Hashable, Sendable, CaseIterable {
        /// The slave has the C library in itself, and runs under any system of its kernel.
        case `static`
        /// The host has the C library.
        case dynamic
    }

    public var toolchain: Toolchain.Kind
    /// What the toolchain calls the target.
    public var triple: String
    public var flags: [String]
    /// The C compiler, a name or an absolute path; nil: `TRIPLE-gcc`, or `clang`. zig has its own key
    /// in the environment.
    public var compiler: String?
    /// The C++ compiler, likewise; nil: named like the C compiler.
    public var cxxCompiler: String?
    /// Debian's packages that have the toolchain; nil: those that have the default compiler.
    public var packages: [String]?
    public var link: Link

    /// - Parameter link: nil: static, wherever the toolchain has what that takes.
    public init(
        toolchain: Toolchain.Kind, triple: String, flags: [String], compiler: String? = nil,
        cxxCompiler: String? = nil, packages: [String]? = nil, link: Link? = nil
    ) {
        self.toolchain = toolchain
        self.triple = triple
        self.flags = flags
        self.compiler = compiler
        self.cxxCompiler = cxxCompiler
        self.packages = packages
        self.link = link ?? Self.usualLink(toolchain, triple)
    }

    /// zig has musl whole, and of glibc and other systems only what programs are linked against.
    private static func usualLink(_ toolchain: Toolchain.Kind, _ triple: String) -> Link {
        toolchain == .zig && !triple.contains("-linux-musl") ? .dynamic : .static
    }

    /// What starts the compiler where no file names it.
    var command: String {
        switch toolchain {
        case .zig: "zig"
        case .gcc: compiler ?? "\(triple)-gcc"
        case .clang: compiler ?? "clang"
        }
    }

    /// What else than its name and flags tells one build of a target from another: nothing for a
    /// target that zig builds statically under its own name. Build identities are made from it, so
    /// it holds no path.
    public func distinctions(from name: String) -> [String] {
        var facts = triple == name ? [] : ["triple \(triple)"]
        if toolchain != .zig { facts.append("toolchain \(toolchain.rawValue)") }
        if link != Self.usualLink(toolchain, triple) { facts.append("link \(link.rawValue)") }
        return facts
    }
}
