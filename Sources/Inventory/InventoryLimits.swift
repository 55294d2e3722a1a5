/// The limits of what is read from manifests and target files. They are far above what anyone
/// writes by hand, and low enough that a wrong file ends with an error and not with all memory
/// taken.
public enum InventoryLimits {
    /// Bytes of one YAML file.
    public static let fileSizeMax = 1 << 20
    /// How deep lists and mappings of one YAML file stand in each other.
    public static let depthMax = 64
    /// Hosts of a manifest, after folds are unfolded.
    public static let hostsMax = 10_000
    /// Names that one folded host name stands for.
    public static let foldMax = 4_096
    /// Source files that the globs of a manifest match.
    public static let sourcesMax = 20_000
    /// Files of a library that has a build of its own.
    public static let projectFilesMax = 100_000
    /// Workers of one host: as many as a slave has at most (CSlave's limits.h).
    public static let workersMax = 256
    /// Faults that are told in one pass.
    public static let faultsMax = 50
}
