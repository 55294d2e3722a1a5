import Foundation

/// Programs of this machine.
public enum Programs {
    /// The files that a command may mean, the first of PATH first; those alone that can be executed. A path
    /// means itself.
    public static func named(
        _ command: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [String] {
        let directories = (environment["PATH"] ?? "").split(separator: ":")
        let paths = command.contains("/") ? [command] : directories.map { "\($0)/\(command)" }
        return paths.filter(FileManager.default.isExecutableFile)
    }
}
