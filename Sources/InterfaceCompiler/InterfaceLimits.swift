/// The limits of the interface compiler, in one place: a file is the input of someone else.
public enum InterfaceLimits {
    /// The interface and all that it includes.
    public static let fileBytes = 4 << 20
    /// Files in a chain of `#include`, conditions within one another.
    public static let includeDepth = 16
    public static let conditionDepth = 64
    /// Macros that are replaced by several words.
    public static let expansions = 20_000
    /// Definitions in a file, members of a definition.
    public static let definitions = 20_000
    public static let members = 10_000
    public static let nameBytes = 255
    /// How deep types stand in one another, arrays and typedefs included.
    public static let nesting = 64
    /// What a value takes where it stands (fixed arrays lie inside their struct, and on a stack).
    public static let valueBytes = 1 << 20
    /// Diagnostics of one pass; then the rest is probably a consequence.
    public static let diagnostics = 20
    /// An operation's `reads` are bits of a 64-bit word.
    public static let shared = 64
    public static let parameters = 32
}
