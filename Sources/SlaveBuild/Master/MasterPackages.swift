import Foundation

/// The packages that a master is built from, where their Package.swift files say all of it: the project's
/// first, then the packages of this machine that they name.
///
/// A Package.swift is a program. What is read of it here must hold whatever it does, so anything out of
/// the ordinary means that nothing is known: a variable of the environment, another import, somebody
/// else's plugin.
struct MasterPackages: Hashable, Sendable {
    struct Package: Hashable, Sendable {
        let directory: String
        /// Directories that hold the sources of targets, relative; empty: any may.
        var sources: Set<String>
        /// The plugin generates clients from the interfaces that lie anywhere in it.
        var hasInterfaces: Bool
        /// Names of system libraries, as pkg-config has them.
        var systemLibraries: [String]
    }

    let all: [Package]

    /// How many packages are looked at.
    static let max = 100

    /// nil: what the build reads can't be told from the texts.
    init?(directory: String) {
        var packages: [Package] = []
        var pending = [directory]
        var seen: Set<String> = []
        while let next = pending.popLast() {
            guard seen.insert(next).inserted else { continue }
            guard seen.count <= Self.max, let manifest = PackageText(directory: next) else {
                return nil
            }
            packages.append(manifest.package)
            pending += manifest.dependencies
        }
        all = packages
    }
}

/// What one Package.swift says.
private struct PackageText {
    let package: MasterPackages.Package
    /// Directories of packages.
    let dependencies: [String]

    private static let standard = ["Sources", "Source", "src", "srcs", "Plugins"]
    /// What reaches beyond the text, or makes SwiftPM read files of other kinds.
    private static let unknown: Set<String> = [
        "Context", "ProcessInfo", "FileManager", "Process", "getenv", "CommandLine", "unsafeFlags",
        "resources",
        "binaryTarget", "macro", "Dependency", "fileSystem", "sourceControl", "registry",
    ]

    init?(directory: String) {
        guard let text = try? String(contentsOfFile: "\(directory)/Package.swift", encoding: .utf8),
            let names = try? FileManager.default.contentsOfDirectory(atPath: directory),
            !names.contains(where: { $0.hasPrefix("Package@swift-") }),
            let code = SwiftText.withoutComments(text)
        else { return nil }
        let words = SwiftText.words(of: code)
        let imports = Self.count(#"\bimport\s+PackageDescription\b"#, in: code)
        guard Self.unknown.isDisjoint(with: words),
            words.count(where: { $0 == "import" }) == imports
        else { return nil }
        // Marionette's own defines the plugin, and the command's packages are not the master's.
        let isOurs = FileManager.default.fileExists(
            atPath: "\(directory)/Plugins/MarionetteInterface/MarionetteInterfacePlugin.swift")
        let use =
            #"\.plugin\(\s*name:\s*"MarionetteInterface"\s*,\s*package:\s*"[^"\\]*"\s*,?\s*\)"#
        let withoutUse = code.replacingOccurrences(of: use, with: "", options: .regularExpression)
        let withoutLists = withoutUse.replacingOccurrences(
            of: #"\bplugins:\s*\[[\s,]*\]"#, with: "", options: .regularExpression)
        guard isOurs || !withoutLists.lowercased().contains("plugin"),
            let local = Self.dependencies(in: code, of: directory, mayNameOthers: isOurs),
            let paths = Self.literals(of: "path", in: code),
            let libraries = Self.literals(of: "pkgConfig", in: code)
        else { return nil }
        var sources: Set<String> = []
        for path in paths where !path.hasPrefix("/") {
            let parts = path.split(separator: "/").filter { $0 != "." }
            // A package of its own; sources can't lie out there.
            if parts.contains("..") { continue }
            guard !parts.contains(where: { $0.hasPrefix(".") }) else { return nil }
            sources.insert(parts.joined(separator: "/"))
        }
        sources.formUnion(isOurs ? Self.named(in: code, directory) : Self.standard)
        dependencies = local
        package = MasterPackages.Package(
            directory: directory, sources: sources.contains("") ? [] : sources,
            hasInterfaces: withoutUse != code, systemLibraries: libraries)
    }

    /// The directories of our own targets: an installation has the sources of others as well.
    private static func named(in code: String, _ directory: String) -> [String] {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/Sources")) ?? []
        return ["Plugins"] + names.filter { code.contains("\"\($0)\"") }.map { "Sources/\($0)" }
    }

    private static func dependencies(
        in code: String, of directory: String, mayNameOthers: Bool
    ) -> [String]? {
        guard mayNameOthers else { return MasterScratch.localPackages(of: code, in: directory) }
        let parts = code.components(separatedBy: ".package(").dropFirst()
        let local = parts.filter { !$0.drop { $0.isWhitespace }.hasPrefix("url:") }
        return MasterScratch.localPackages(
            of: local.map { ".package(\($0)" }.joined(), in: directory)
    }

    /// The values of an argument; nil: one is no plain text.
    private static func literals(of label: String, in code: String) -> [String]? {
        let pattern = #"\b\#(label):\s*"([^"\\]*)""#
        guard let expression = try? NSRegularExpression(pattern: pattern) else {
            preconditionFailure("a pattern that is none")
        }
        let range = NSRange(code.startIndex..., in: code)
        let found = expression.matches(in: code, range: range).compactMap {
            Range($0.range(at: 1), in: code).map { String(code[$0]) }
        }
        return found.count == count(#"\b\#(label)\s*:"#, in: code) ? found : nil
    }

    private static func count(_ pattern: String, in code: String) -> Int {
        guard let expression = try? NSRegularExpression(pattern: pattern) else {
            preconditionFailure("a pattern that is none")
        }
        return expression.numberOfMatches(in: code, range: NSRange(code.startIndex..., in: code))
    }
}

/// As much of Swift's grammar as telling comments from texts takes.
enum SwiftText {
    /// nil: it has texts of several lines or with `#`, which are told apart by more than this knows.
    static func withoutComments(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var code: [UInt8] = []
        var index = 0
        func has(_ word: StaticString) -> Bool {
            word.withUTF8Buffer { bytes[index...].starts(with: $0) }
        }
        while index < bytes.count {
            if has("//") {
                while index < bytes.count, bytes[index] != 0x0a { index += 1 }
            } else if has("/*") {
                var depth = 0
                repeat {
                    if has("/*") {
                        (depth, index) = (depth + 1, index + 2)
                    } else if has("*/") {
                        (depth, index) = (depth - 1, index + 2)
                    } else {
                        index += 1
                    }
                } while depth > 0 && index < bytes.count
                code.append(0x20)
            } else if has("\"\"\"") || has("#\"") || has("#/") {
                return nil
            } else if has("\"") {
                let start = index
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    guard bytes[index] != 0x0a else { return nil }
                    // An interpolation may hold a text of its own.
                    if has("\\(") { return nil }
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard index < bytes.count else { return nil }
                index += 1
                code += bytes[start..<index]
            } else {
                code.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: code, as: UTF8.self)
    }

    /// Names, keywords and numbers; those inside of texts too.
    static func words(of code: String) -> [String] {
        code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }
}
