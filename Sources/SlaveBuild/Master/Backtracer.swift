import Foundation

/// How a program reports its own crash: Swift's runtime starts the toolchain's `swift-backtrace`, which
/// prints the calls that led there with their lines, for a release build as well.
///
/// A program with Swift's libraries in itself does not find that by itself.
public enum Backtracer {
    /// The variable that Swift's runtime reads when a program starts.
    public static let variable = "SWIFT_BACKTRACE"

    /// What the variable is set to; nil: the user has set it, or the toolchain of `swift` on PATH
    /// has no such program.
    public static func setting(environment: [String: String]) -> String? {
        guard environment[variable] == nil,
            let toolchain = MasterToolchain(path: environment["PATH"] ?? ""),
            let program = toolchain.backtracer
        else { return nil }
        // Other threads are Marionette's, or wait. Questions would be put to a terminal that is the run's.
        let options = [
            "enable=yes", "interactive=no", "threads=crashed", "registers=none", "images=none",
            "limit=32",
        ]
        return (options + ["swift-backtrace=\(program)"]).joined(separator: ",")
    }
}

extension MasterToolchain {
    /// nil: it has none, or the setting could not name it.
    fileprivate var backtracer: String? {
        ["swift-backtrace-static", "swift-backtrace"]
            .map { "\(programs)/../libexec/swift/linux/\($0)" }
            .first { access($0, X_OK) == 0 && !$0.contains(",") }
    }
}
