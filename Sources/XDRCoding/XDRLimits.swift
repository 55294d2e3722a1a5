/// The limits of this module, in one place.
public enum XDRLimits {
    /// How deep values of a recursive type nest (a tree, not an array). The slave's runtime has the
    /// same.
    public static let depth = 256
    /// How many bytes one encoder makes unless it is told otherwise.
    public static let encodedBytes = 256 << 20
}
