import Foundation

/// The files that the master's packages consist of, found anew for each build: one that appears, goes or is
/// renamed makes SwiftPM run, and so does the content of one that changes.
///
/// They are more than SwiftPM takes, never fewer: all that lies in a directory of sources, and the interfaces
/// that lie anywhere. Names that begin with a dot are left out, as SwiftPM does it.
struct MasterSources: Hashable, Sendable {
    /// Sorted; what is no regular file has a `/` behind its name.
    private(set) var names: [String] = []

    /// How many names are looked at. More are a project with its data: SwiftPM is asked there.
    static let max = 20_000

    /// nil: there are too many.
    init?(of packages: MasterPackages, max: Int = Self.max) {
        var walk = Walk(left: max)
        for package in packages.all {
            walk.add(package)
            guard walk.left > 0 else { return nil }
        }
        names = walk.found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    var files: [String] { names.filter { !$0.hasSuffix("/") } }

    /// One name a line.
    var text: String { names.map { $0 + "\n" }.joined() }
}

private struct Walk {
    var left: Int
    var found: Set<String> = []
    /// The directories that lead to where we are: a link may lead back to one.
    private var above: [(device: dev_t, inode: ino_t)] = []

    init(left: Int) { self.left = left }

    mutating func add(_ package: MasterPackages.Package) {
        found.insert("\(package.directory)/Package.swift")
        if package.sources.isEmpty {
            walk(package.directory, isSource: true)
        } else {
            for directory in package.sources {
                walk("\(package.directory)/\(directory)", isSource: true)
            }
            if package.hasInterfaces { walk(package.directory, isSource: false) }
        }
    }

    /// - Parameter isSource: all files count; otherwise interfaces alone.
    private mutating func walk(_ directory: String, isSource: Bool) {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            // A link that leads nowhere or to a file; some file systems don't tell kinds.
            if isSource || directory.hasSuffix(".x") { note(directory) }
            return
        }
        let here = (device: status.st_dev, inode: status.st_ino)
        guard !above.contains(where: { $0 == here }), let content = opendir(directory) else {
            return
        }
        above.append(here)
        defer {
            above.removeLast()
            closedir(content)
        }
        while left > 0, let entry = readdir(content) {
            let kind = Int32(entry.pointee.d_type)
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            left -= 1
            let path = "\(directory)/\(name)"
            if kind == DT_DIR || kind == DT_UNKNOWN || isSource && kind == DT_LNK {
                walk(path, isSource: isSource)
            } else if isSource || name.hasSuffix(".x") {
                note(path)
            }
        }
    }

    private mutating func note(_ path: String) {
        var (status, link) = (stat(), stat())
        guard lstat(path, &link) == 0 else { return }
        let isRegular = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        found.insert(isRegular ? path : "\(path)/")
    }
}
