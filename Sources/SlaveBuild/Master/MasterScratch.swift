import BuildGraph
import Digests
import Foundation
import Inventory

/// Where SwiftPM builds a project's master.
///
/// Projects whose packages are the same share a directory of the user's cache: what takes a minute is the
/// library, which is then compiled once for all of them. The others have the `.build` that `swift build`
/// would use, or one of their own in the cache where the project's path holds a `%`, which LLVM replaces
/// in the names of temporary files.
public struct MasterScratch: Hashable, Sendable {
    public enum Place: Hashable, Sendable { case shared, own, project }
    /// SwiftPM's word for how it compiles.
    enum Configuration: String, Hashable, Sendable { case debug, release }

    public let place: Place
    /// The directory.
    public let path: String
    let configuration: Configuration

    init(place: Place, path: String, configuration: Configuration = .release) {
        self.place = place
        self.path = path
        self.configuration = configuration
    }

    /// - Parameters:
    ///   - directory: the project's.
    ///   - profile: only `debug` compiles a master without optimisation.
    ///   - cache: where all projects of the user keep what can be made again.
    init(
        directory: String, profile: Profile = .release, cache: String = UserCache.directory
    ) {
        configuration = profile == .debug ? .debug : .release
        let text = try? String(contentsOfFile: "\(directory)/Package.swift", encoding: .utf8)
        let packages = text.flatMap { Self.localPackages(of: $0, in: directory) }
        if let packages, !packages.isEmpty, !cache.contains("%") {
            place = .shared
            path = "\(cache)/swift/shared-\(Digest.of(packages.joined(separator: "\n")))"
        } else if directory.contains("%") {
            place = .own
            path = "\(cache)/swift/\(Digest.of(directory))"
        } else {
            place = .project
            path = "\(directory)/.build"
        }
    }

    /// What SwiftPM makes: programs, and a directory for each module.
    var products: String { "\(path)/\(configuration.rawValue)" }

    /// What SwiftPM's build engine is told to do.
    var plan: String { "\(products).yaml" }

    /// Held while a master is built in a shared directory and taken out of it; its time is that of
    /// the last use.
    var lock: String { "\(path).lock" }

    /// How long a shared directory is kept that no project uses: each has the library, 130 MB.
    static let keptFor: TimeInterval = 30 * 86_400

    /// Notes that this one is used, and removes those beside it that nobody has used for long.
    func noteUse(now: Date = Date()) {
        let files = FileManager.default
        try? files.setAttributes([.modificationDate: now], ofItemAtPath: lock)
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        for name in (try? files.contentsOfDirectory(atPath: directory)) ?? []
        where name.hasPrefix("shared-") && name.hasSuffix(".lock") {
            let other = "\(directory)/\(name)"
            let used = try? files.attributesOfItem(atPath: other)[.modificationDate] as? Date
            // The lock itself stays: somebody may be about to wait for it.
            guard let used, now.timeIntervalSince(used) > Self.keptFor,
                let held = try? FileLock(path: other)
            else { continue }
            try? files.removeItem(atPath: String(other.dropLast(".lock".count)))
            _ = consume held
        }
    }

    /// The directories of the packages that a Package.swift names, in order; nil: it takes more than
    /// packages of this machine, or it can't be told.
    ///
    /// Packages of others are kept in the same directory, but those that the last project did not ask for are
    /// removed; and resources lie beside a program.
    static func localPackages(of text: String, in directory: String) -> [String]? {
        guard !text.contains("resources:") else { return nil }
        let literal = try? NSRegularExpression(
            pattern: #"^\s*(name:\s*"[^"\\]*"\s*,\s*)?path:\s*"([^"\\]+)"\s*\)"#)
        guard let literal else { preconditionFailure("a pattern that is none") }
        var paths: Set<String> = []
        for part in text.components(separatedBy: ".package(").dropFirst() {
            let range = NSRange(part.startIndex..., in: part)
            guard let match = literal.firstMatch(in: part, range: range),
                let found = Range(match.range(at: 2), in: part)
            else { return nil }
            let path = URL(
                fileURLWithPath: String(part[found]),
                relativeTo: URL(fileURLWithPath: directory, isDirectory: true))
            paths.insert(path.standardizedFileURL.path)
        }
        return paths.sorted()
    }
}
