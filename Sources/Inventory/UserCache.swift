import Foundation

/// Where all projects of this user keep what can be made again.
public enum UserCache {
    public static var directory: String {
        directory(named: ProcessInfo.processInfo.environment["XDG_CACHE_HOME"])
    }

    /// As the XDG Base Directory Specification has it: what is empty or relative counts for nothing.
    public static func directory(named directory: String?) -> String {
        guard let directory, directory.hasPrefix("/") else {
            return "\(NSHomeDirectory())/.cache/marionette"
        }
        return "\(directory)/marionette"
    }

    /// zig's: $ZIG_GLOBAL_CACHE_DIR, or else a directory here.
    public static var zig: String {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["ZIG_GLOBAL_CACHE_DIR"], !named.isEmpty { return named }
        return "\(directory)/zig"
    }
}
