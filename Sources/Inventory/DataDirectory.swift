import Foundation

/// Where Targets, Templates and the package (with the slave's sources) are found.
///
/// Three layouts are known: a checkout, an installation (PREFIX/share/marionette, with the package
/// either in it or in its folder `package`), and whatever $MARIONETTE_DATA names, which has one of
/// these two forms.
public struct DataDirectory: Hashable, Sendable {
    public let path: String
    /// The Swift package that a project depends on.
    public let package: String

    public var targets: String { "\(path)/Targets" }
    public var templates: String { "\(path)/Templates" }
    /// The C sources of the slave's runtime.
    public var slaveSources: String { "\(package)/Sources/CSlave" }

    /// What slaves with a worker in Swift are built from besides: the bridge in C and two modules.
    public func sources(ofModule module: String) -> String { "\(package)/Sources/\(module)" }

    init(path: String, package: String) {
        self.path = path
        self.package = package
    }

    /// nil unless `path` has one of the layouts.
    public init?(path: String) {
        let package = ["\(path)/package", path].first { candidate in
            Self.isDirectory("\(candidate)/Sources/CSlave")
        }
        guard let package, Self.isDirectory("\(path)/Targets") else { return nil }
        self.init(path: path, package: package)
    }

    /// Searches $MARIONETTE_DATA, then `../share/marionette` beside the executable, then the
    /// directories above the executable for a checkout.
    public static func find() throws(InventoryError) -> DataDirectory {
        try find(
            environment: ProcessInfo.processInfo.environment["MARIONETTE_DATA"],
            executable: executablePath)
    }

    static func find(
        environment: String?, executable: String?
    ) throws(InventoryError) -> DataDirectory {
        if let environment, !environment.isEmpty {
            let path = absolute(environment)
            // A wrong variable is an error: to go on with other data would surprise whoever set it.
            guard let data = DataDirectory(path: path) else { throw .dataMissing(searched: [path]) }
            return data
        }
        let searched = candidates(executable: executable)
        for path in searched {
            if let data = DataDirectory(path: path) { return data }
        }
        throw .dataMissing(searched: searched)
    }

    private static func candidates(executable: String?) -> [String] {
        guard let executable else { return [] }
        var directory = URL(fileURLWithPath: executable).deletingLastPathComponent()
        var result = [directory.appending(path: "../share/marionette").standardizedFileURL.path]
        while directory.path != "/" {
            directory = directory.deletingLastPathComponent()
            result.append(directory.path)
        }
        return result
    }

    private static var executablePath: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        return exists && isDirectory.boolValue
    }

    private static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }
}
