import Diagnostics

/// What can go wrong between files and a bundle.
public enum ArchiveError: Error, Hashable, Sendable {
    /// A file that belongs into the bundle can't be read.
    case fileUnreadable(path: String, reason: String)
    /// The archive can't be written.
    case notWritable(path: String, reason: String)
    /// A name, an identity or a set of files that no bundle may have.
    case contentRefused(name: String, reason: String)
    case tooLarge(name: String, size: Int, limit: Int)
    /// The archive can't be read as what it should be.
    case damaged(path: String, reason: String)
    case manifestInvalid(line: Int, reason: String)
    /// A file is not the one that the manifest lists.
    case digestDiffers(path: String, name: String)
}

extension ArchiveError: DiagnosticError {
    public var exitCode: ExitCode { .failed }

    public var diagnostic: Diagnostic {
        switch self {
        case .fileUnreadable(let path, let reason):
            Diagnostic(summary: "'\(path)' can't be read for the bundle: \(reason)")
        case .notWritable(let path, let reason):
            Diagnostic(summary: "bundle '\(path)' can't be written: \(reason)")
        case .contentRefused(let name, let reason):
            Diagnostic(summary: "'\(name)' can't be in a bundle: \(reason)")
        case .tooLarge(let name, let size, let limit):
            Diagnostic(
                summary: "'\(name)' has \(size) bytes, more than the \(limit) a bundle may hold",
                remedy: "send it as shared data, or raise ArchiveLimits.bytesMax")
        case .damaged(let path, let reason):
            Diagnostic(
                summary: "bundle '\(path)' is damaged: \(reason)",
                remedy: "marionette clean && marionette build")
        case .manifestInvalid(let line, let reason):
            Diagnostic(
                summary: "line \(line) of a bundle's manifest is not valid: \(reason)",
                remedy: "marionette clean && marionette build")
        case .digestDiffers(let path, let name):
            Diagnostic(
                summary: "bundle '\(path)': '\(name)' is not the file that its manifest lists",
                remedy: "marionette clean && marionette build")
        }
    }
}

/// The limits of a bundle.
public enum ArchiveLimits {
    /// Files, besides the manifest.
    public static let filesMax = 10_000
    /// Bytes of all files together.
    public static let bytesMax = 4 << 30
    /// Bytes of a manifest; what the slave's installer takes.
    public static let manifestMax = 1 << 20
}
