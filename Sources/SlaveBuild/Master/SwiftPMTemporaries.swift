import Digests
import Foundation

/// The temporary directory of one `swift build`: SwiftPM 6.3 leaves seven empty directories in its
/// own each time.
///
/// It has the same path for each build in a scratch directory, since SwiftPM links again what was linked
/// in another environment; so it is made when nobody else builds there. What an earlier build left that
/// was killed is removed with it.
///
/// SwiftPM's locks lie in the temporary directory too, named after what they lock. They are links
/// to where they are without us, so that a build by hand, or by an editor, still waits for ours.
struct SwiftPMTemporaries {
    let path: String

    /// Makes it; nil where that fails, or somebody else has that name: SwiftPM takes the common one
    /// then.
    ///
    /// - Parameter scratch: where SwiftPM builds the package.
    init?(in base: String, scratch: String) {
        let files = FileManager.default
        path = "\(base)/marionette-build-\(getuid())-\(Digest.of(scratch).description.prefix(16))"
        guard mkdir(path, 0o700) == 0 || Self.isOurs(path) else { return nil }
        let present = (try? files.contentsOfDirectory(atPath: base)) ?? []
        let build = scratch.replacing("/", with: "_")
        let ours = ["", "_Package.resolved", "_workspace-state.json"].map { "\(build)\($0).lock" }
        for name in Set(present.filter { $0.hasSuffix(".lock") } + ours) {
            // One that is missing is one that nobody else waits for.
            try? files.createSymbolicLink(
                atPath: "\(path)/\(name)", withDestinationPath: "\(base)/\(name)")
        }
    }

    /// A directory of this user's where nobody else can write.
    private static func isOurs(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            && status.st_uid == getuid() && status.st_mode & 0o077 == 0
    }

    /// With all that was left in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
