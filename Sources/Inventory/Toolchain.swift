/// A compiler that was found on this machine.
public struct Toolchain: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable { case zig }

    public var kind: Kind
    /// The absolute path of the program.
    public var path: String
    /// What the program says its version is.
    public var version: String

    public init(kind: Kind, path: String, version: String) {
        self.kind = kind
        self.path = path
        self.version = version
    }
}
