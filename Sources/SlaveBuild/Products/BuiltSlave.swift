import Archives
import Foundation

/// One target's slave and programs, built and packed.
public struct BuiltSlave: Hashable, Sendable {
    /// A program of the user's own.
    public struct Program: Hashable, Sendable {
        public var name: String
        /// Stripped, as it is in the bundle.
        public var path: String
        /// Lower-case hexadecimal digits.
        public var buildId: String
        /// The unstripped ELF.
        public var debugFile: String
    }

    /// The target's name.
    public var target: String
    /// The archive, its digest, the build identity and the interface's hash.
    public var bundle: BundleDescription
    /// The stripped slave, as it is in the bundle; a local host runs it from here.
    public var slave: String
    /// Lower-case hexadecimal digits.
    public var buildId: String
    /// The unstripped ELF.
    public var debugFile: String
    /// Sorted by name.
    public var programs: [Program]

    /// Reads back what the last build of a target left.
    public init(target: String, paths: BuildPaths) throws(SlaveBuildError) {
        self.target = target
        let archive = paths.bundle(target)
        let idFile = paths.buildId(target)
        let text = try Self.text(of: paths.manifest(target))
        let id = try Self.text(of: idFile).trimmingCharacters(in: .newlines)
        guard let manifest = try? BundleManifest(text: text),
            let attributes = try? FileManager.default.attributesOfItem(atPath: archive),
            let size = attributes[.size] as? Int
        else { throw .productUnreadable(path: archive) }
        bundle = BundleDescription(
            digest: manifest.digest, size: size, path: archive, manifest: manifest)
        slave = paths.slave(target)
        buildId = id
        debugFile = paths.debugFile(target: target, buildId: id)
        let folder = "bin/"
        programs = []
        for file in manifest.files where file.path.hasPrefix(folder) {
            let name = String(file.path.dropFirst(folder.count))
            let id = try Self.text(of: paths.programBuildId(target, name))
                .trimmingCharacters(in: .newlines)
            programs.append(
                Program(
                    name: name, path: paths.program(target, name), buildId: id,
                    debugFile: paths.debugFile(target: target, buildId: id)))
        }
    }

    private static func text(of path: String) throws(SlaveBuildError) -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .productUnreadable(path: path)
        }
        return text
    }
}
