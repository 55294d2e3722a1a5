import Digests
import Foundation

/// The toolchain whose SwiftPM builds the master: that of the `swift` on PATH.
///
/// Its files stand for what it is, so that no program needs to be started to ask. That holds for a
/// toolchain's own programs alone: a script, or a program that picks one of several toolchains by a file
/// elsewhere, is none.
struct MasterToolchain: Hashable, Sendable {
    /// The directory of the programs, without links.
    let programs: String
    /// Whether programs can have Swift's libraries in themselves.
    let hasStaticLibraries: Bool
    /// Differs where another toolchain was installed in the place of this one.
    let identity: String

    /// - Parameter path: as the environment has it.
    init?(path: String) {
        let candidates = path.split(separator: ":").map { "\($0)/swift" }
        guard let swift = candidates.first(where: { access($0, X_OK) == 0 }), swift.hasPrefix("/"),
            let real = Self.real(swift), let slash = real.lastIndex(of: "/")
        else { return nil }
        programs = String(real[..<slash])
        guard ["swift", "swift-driver", "swift-frontend"].contains(real[slash...].dropFirst())
        else { return nil }
        var stamps: [String] = []
        for name in ["swift", "swift-build", "swift-driver", "swift-frontend", "clang"] {
            guard let file = Self.real("\(programs)/\(name)"), let stamp = Self.stamp(file) else {
                return nil
            }
            stamps.append("\(file) \(stamp)")
        }
        guard Self.isMachineCode(real) else { return nil }
        let link = "\(programs)/../lib/swift_static/linux/static-stdlib-args.lnk"
        hasStaticLibraries = access(link, R_OK) == 0
        identity = "swift in \(programs) (\(Digest.of(stamps.joined(separator: "\n")).short))"
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func stamp(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return
            "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
            + " \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
    }

    /// No script.
    private static func isMachineCode(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var start = [UInt8](repeating: 0, count: 4)
        return read(file, &start, start.count) == 4 && start == [0x7f, 0x45, 0x4c, 0x46]
    }
}
