import Foundation

/// The files of this project, as the tests were compiled from it.
public enum Checkout {
    public static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.resolvingSymlinksInPath().path
    }()

    /// The command that SwiftPM built beside the tests; MARIONETTE_BINARY names another one.
    public static var marionette: String {
        if let named = ProcessInfo.processInfo.environment["MARIONETTE_BINARY"] { return named }
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var directory = tests.deletingLastPathComponent()
        while directory.path != "/" {
            let candidate = directory.appendingPathComponent("marionette").path
            if FileManager.default.isExecutableFile(atPath: candidate),
                !candidate.hasSuffix("/.build/marionette")
            {
                return candidate
            }
            directory.deleteLastPathComponent()
        }
        return "\(root)/.build/debug/marionette"
    }
}
