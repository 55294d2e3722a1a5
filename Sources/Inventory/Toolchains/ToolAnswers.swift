import Foundation

/// What compilers said of themselves, kept in the user's cache: to start one takes longer than all else of a
/// build with nothing to do.
///
/// An answer holds while the program's file, and those that it stands on, are the same by inode, size and
/// times. That is so for compilers themselves. A script, or a program that picks one of several compilers by
/// a file elsewhere, may answer otherwise tomorrow, and is asked each time.
struct ToolAnswers {
    /// nil: nothing is kept.
    let directory: String?

    init(directory: String? = "\(UserCache.directory)/answers") { self.directory = directory }

    /// What a program prints on standard output; nil unless it ends well.
    ///
    /// - Parameter files: what the answer depends on; nil: on more than is known.
    func output(of command: [String], files: [String]?) -> Data? {
        guard let directory, let files, let key = Self.key(command, files) else {
            return ToolchainSearch.output(of: command)
        }
        let path = "\(directory)/\(Self.name(of: key))"
        let head = Data("\(key)\n\n".utf8)
        if let kept = FileManager.default.contents(atPath: path), kept.starts(with: head) {
            return kept.dropFirst(head.count)
        }
        guard let answer = ToolchainSearch.output(of: command) else { return nil }
        // Replaced while it was asked: whose answer is it?
        guard Self.key(command, files) == key else { return answer }
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try? (head + answer).write(to: URL(fileURLWithPath: path), options: .atomic)
        return answer
    }

    /// The files of a zig: it finds its library beside itself, and a chooser of zigs has none.
    static func files(ofZig path: String) -> [String]? {
        guard let real = real(path), isMachineCode(real) else { return nil }
        let directory = URL(fileURLWithPath: real).deletingLastPathComponent().path
        let libraries = ["\(directory)/lib/std/std.zig", "\(directory)/../lib/zig/std/std.zig"]
        return libraries.contains { access($0, F_OK) == 0 } ? [real] : nil
    }

    /// The files of a swiftc: a link to the toolchain's driver, or to its frontend.
    static func files(ofSwiftc path: String) -> [String]? {
        guard let real = real(path), isMachineCode(real) else { return nil }
        let url = URL(fileURLWithPath: real)
        let frontend = url.deletingLastPathComponent().appending(path: "swift-frontend").path
        guard ["swiftc", "swift-driver", "swift-frontend"].contains(url.lastPathComponent),
            let realFrontend = Self.real(frontend)
        else { return nil }
        return [real, realFrontend]
    }

    private static func key(_ command: [String], _ files: [String]) -> String? {
        var lines = command
        for file in files {
            var status = stat()
            guard stat(file, &status) == 0 else { return nil }
            lines.append(
                "\(file) \(status.st_dev) \(status.st_ino) \(status.st_size)"
                    + " \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
                    + " \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)")
        }
        return lines.joined(separator: "\n")
    }

    /// FNV-1a: two keys of one name replace each other, and are never taken for each other.
    private static func name(of key: String) -> String {
        let hash = key.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func isMachineCode(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var start = [UInt8](repeating: 0, count: 4)
        return read(file, &start, start.count) == 4 && start == [0x7f, 0x45, 0x4c, 0x46]
    }
}
