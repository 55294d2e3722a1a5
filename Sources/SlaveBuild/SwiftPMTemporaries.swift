import Foundation

/// The temporary directory of one `swift build`: SwiftPM 6.3 leaves seven empty directories in its
/// own each time.
///
/// SwiftPM's locks lie in the temporary directory too, named after what they lock. They are links
/// to where they are without us, so that a build by hand, or by an editor, still waits for ours.
struct SwiftPMTemporaries {
    let path: String

    /// Makes it; nil where that fails: SwiftPM takes the common one then.
    ///
    /// - Parameter scratch: where SwiftPM builds the package.
    init?(in base: String, scratch: String) {
        let files = FileManager.default
        path = "\(base)/marionette-build-\(UUID().uuidString)"
        guard
            (try? files.createDirectory(
                atPath: path, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])) != nil
        else { return nil }
        let present = (try? files.contentsOfDirectory(atPath: base)) ?? []
        let build = scratch.replacing("/", with: "_")
        let ours = ["", "_Package.resolved", "_workspace-state.json"].map { "\(build)\($0).lock" }
        for name in Set(present.filter { $0.hasSuffix(".lock") } + ours) {
            // One that is missing is one that nobody else waits for.
            try? files.createSymbolicLink(
                atPath: "\(path)/\(name)", withDestinationPath: "\(base)/\(name)")
        }
    }

    /// With all that was left in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
