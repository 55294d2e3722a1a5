import Foundation

/// A compiler that was found on this machine.
public struct Toolchain: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// One program for all targets, with their C libraries.
        case zig
        /// A compiler that takes gcc's options and makes code for one target.
        case gcc
        /// A compiler that takes `--target`; the C libraries come from elsewhere.
        case clang
    }

    public var kind: Kind
    /// The absolute path of the program.
    public var path: String
    /// What the program says its version is, in short.
    public var version: String
    /// The whole line in which it says that.
    public var banner: String
    /// The absolute path of the C++ compiler; nil: there is none. zig is its own.
    public var cxxPath: String?
    /// The directory of the compiler's own headers and libraries.
    public var files: String

    public init(
        kind: Kind, path: String, version: String, banner: String? = nil, cxxPath: String? = nil,
        files: String? = nil
    ) {
        self.kind = kind
        self.path = path
        self.version = version
        self.banner = banner ?? version
        self.cxxPath = kind == .zig ? path : cxxPath
        self.files = files ?? Self.directory(of: path)
    }

    /// `zig 0.17.1`
    public var told: String { "\(kind.rawValue) \(version)" }

    /// What stands for it where a build is told from another: versions of zig are all that differs.
    public var identity: String { kind == .zig ? version : banner }
}

extension Toolchain {
    /// Where a program lies, behind all links.
    private static func directory(of path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent().path
    }
}
