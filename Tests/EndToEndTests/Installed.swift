import TestKit

/// Marionette as `make install` installs it, once for all tests.
///
/// Its projects share one library, whose compilation takes minutes.
enum Installed {
    /// Stays between runs of the tests, as a user's would.
    private static let prefix = "\(Checkout.root)/.build-e2e/prefix"

    private static let outcome = Result {
        try TestProcess.run(["\(Checkout.root)/Tools/install", prefix], within: 3_600)
    }

    /// - Returns: the path of the installed command.
    static func command() throws -> String {
        let installed = try outcome.get()
        guard installed.status == 0 else { throw TestProcess.Failure(description: installed.told) }
        return "\(prefix)/bin/marionette"
    }

    /// The package that projects depend on.
    static var package: String { "\(prefix)/share/marionette/package" }
}
