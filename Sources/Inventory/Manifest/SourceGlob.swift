import Foundation

/// A pattern for files below a directory: `*` and `?` within a name, `**` for any directories.
///
/// Names that begin with a dot match only a pattern that begins with one, so that `**/*.c` leaves
/// out .build and .marionette.
public struct SourceGlob: Sendable {
    private let parts: [String]

    public init(_ pattern: String) {
        parts = pattern.split(separator: "/").filter { $0 != "." }.map(String.init)
    }

    /// A pattern with no special characters names one file.
    var isLiteral: Bool { !parts.contains { $0.contains("*") || $0.contains("?") } }

    /// The pattern as a plain path; what a literal names.
    var path: String { parts.joined(separator: "/") }

    var leavesDirectory: Bool { parts.contains("..") }

    /// The files that match, relative to `directory`, sorted by their bytes; at most `max` and one
    /// more.
    public func matches(in directory: String, max: Int) -> [String] {
        var found: [String] = []
        search(parts[...], directory: directory, prefix: "", found: &found, max: max)
        return Set(found).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func search(
        _ parts: ArraySlice<String>, directory: String, prefix: String, found: inout [String],
        max: Int
    ) {
        guard let part = parts.first, found.count <= max else { return }
        let rest = parts.dropFirst()
        if part == "**" {
            search(rest, directory: directory, prefix: prefix, found: &found, max: max)
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where part.hasPrefix(".") || !name.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            let isDirectory = Self.isDirectory(path)
            if part == "**" {
                // A link to a directory above would never end.
                guard isDirectory, !Self.isLink(path) else { continue }
                search(parts, directory: path, prefix: "\(prefix)\(name)/", found: &found, max: max)
            } else if Self.match(Array(part), Array(name)) {
                if rest.isEmpty, !isDirectory {
                    found.append(prefix + name)
                } else if isDirectory {
                    search(
                        rest, directory: path, prefix: "\(prefix)\(name)/", found: &found, max: max)
                }
            }
        }
    }

    /// Matches one name. Linear in both lengths: only the last `*` is ever tried again.
    static func match(_ pattern: [Character], _ name: [Character]) -> Bool {
        var (p, n) = (0, 0)
        var retry: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == "*" {
                retry = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
                (p, n) = (p + 1, n + 1)
            } else if let last = retry {
                retry = (last.pattern, last.name + 1)
                (p, n) = (last.pattern + 1, last.name + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
            && isDirectory.boolValue
    }

    private static func isLink(_ path: String) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }
}
