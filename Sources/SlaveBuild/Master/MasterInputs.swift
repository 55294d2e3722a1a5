import BuildGraph
import Digests
import Foundation

/// All that SwiftPM reads to build a master: the files of its packages, what its own records name beyond
/// them, and the files of pkg-config.
struct MasterInputs: Sendable {
    let packages: MasterPackages
    let sources: MasterSources
    let toolchain: MasterToolchain
    let scratch: MasterScratch
    /// The project's.
    let directory: String

    /// What SwiftPM plans by, as text: the names of sources, and every Package.swift.
    ///
    /// Its own records name the project's alone: in a package that is named by path it misses a file that
    /// is new, fails over one that is gone, and uses the flags of an earlier Package.swift.
    var plan: String {
        let manifests = packages.all.map { "\($0.directory)/Package.swift" }
        let digests = manifests.map { (try? Digest.ofFile($0).description) ?? "unreadable" }
        return zip(digests, manifests).map { "\($0) \($1)\n" }.joined() + sources.text
    }

    /// Makes SwiftPM plan anew.
    func forgetPlan() { unlink(scratch.plan) }

    /// Says what the build that just ended read, in Makefile syntax. Files that are named and do not exist
    /// were looked for.
    ///
    /// - Parameters:
    ///   - depfile: its path. It names itself where something can't be told: it was written after
    ///     SwiftPM started, so the next build asks SwiftPM again.
    ///   - pkgConfig: the directories that pkg-config searches.
    func depfile(_ depfile: String, target: String, pkgConfig: [String]) -> String {
        var read = Set(sources.files)
        var isKnown = read.allSatisfy { access($0, F_OK) == 0 }
        if let recorded = MasterRecords(scratch: scratch, project: directory)?.read {
            let others = recorded.filter { !$0.hasPrefix("\(toolchain.programs)/") }
            isKnown = isKnown && others.allSatisfy { access($0, F_OK) == 0 }
            read.formUnion(others)
        } else {
            isKnown = false
        }
        read.insert("\(directory)/Package.resolved")
        let libraries = packages.all.flatMap(\.systemLibraries)
        read.formUnion(PkgConfigFiles(directories: pkgConfig).looked(for: libraries))
        // What Makefile syntax can't say, or not simply.
        let words = read.sorted().filter { !$0.contains { "\\\n\r\t".contains($0) } }
        let own = isKnown && words.count == read.count ? [] : [depfile]
        return ([target, ":"] + (words + own).map(Self.quoted)).joined(separator: " ") + "\n"
    }

    private static func quoted(_ path: String) -> String {
        path.replacing("$", with: "$$").replacing("#", with: "\\#").replacing(" ", with: "\\ ")
    }
}

/// What SwiftPM's build engine was told to read, and what compilers told that they read.
struct MasterRecords {
    /// Absolute, without what SwiftPM made itself.
    let read: Set<String>

    /// nil: they are not there, are of another form, or are another project's.
    init?(scratch: MasterScratch, project: String) {
        guard let data = FileManager.default.contents(atPath: scratch.plan) else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        var found: Set<String> = []
        let beginning = "    inputs: "
        for line in text.split(separator: "\n") where line.hasPrefix(beginning) {
            guard
                let names = try? JSONDecoder().decode(
                    [String].self, from: Data(line.dropFirst(beginning.count).utf8))
            else { return nil }
            found.formUnion(names.filter { $0.hasPrefix("/") && !$0.hasSuffix("/") })
        }
        let places = [project, Self.real(project)]
        guard places.contains(where: { found.contains("\($0)/Package.swift") }) else { return nil }
        let built = scratch.products
        let modules = (try? FileManager.default.contentsOfDirectory(atPath: built)) ?? []
        for module in modules where module.hasSuffix(".build") && text.contains("/\(module)/") {
            for file in Self.depfiles(in: "\(built)/\(module)") {
                guard let data = FileManager.default.contents(atPath: file) else { return nil }
                found.formUnion(Self.prerequisites(in: String(decoding: data, as: UTF8.self)))
            }
        }
        let own = [scratch.path, Self.real(scratch.path)].map { "\($0)/" }
        let resolved = found.map { $0.contains("/../") ? Self.real($0) : $0 }
        read = Set(
            resolved.filter { path in
                !own.contains { path.hasPrefix($0) } || path.contains("/checkouts/")
            }
            .filter { $0 != "\(project)/Package.resolved" && !Self.isDirectory($0) })
    }

    private static func depfiles(in directory: String) -> [String] {
        let content = FileManager.default.enumerator(atPath: directory)
        let names = content?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".d") }.map { "\(directory)/\($0)" }
    }

    /// Swift writes the same files behind each of a module's outputs.
    private static func prerequisites(in text: String) -> Set<String> {
        var seen: Set<Substring> = []
        var found: Set<String> = []
        let joined = text.replacing("\\\n", with: " ")
        for line in joined.split(separator: "\n") {
            guard let colon = line.range(of: ":") else { continue }
            let list = line[colon.upperBound...]
            guard seen.insert(list).inserted else { continue }
            let quoted = list.replacing("\\ ", with: "\u{0}").replacing("\\#", with: "#")
                .replacing("$$", with: "$")
            for word in quoted.split(separator: " ") where word.hasPrefix("/") {
                found.insert(String(word.replacing("\u{0}", with: " ")))
            }
        }
        return found
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Without links and `..`; the path itself where nothing is there.
    private static func real(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}

/// The files that say how programs are linked with a system's libraries.
struct PkgConfigFiles {
    /// In the order of the search.
    let directories: [String]

    /// All files of libraries and of those that they require, and the places in front of them in which
    /// there is none.
    func looked(for libraries: [String]) -> Set<String> {
        var looked: Set<String> = []
        var seen: Set<String> = []
        var pending = libraries
        while let name = pending.popLast() {
            guard seen.insert(name).inserted else { continue }
            for directory in directories {
                let file = "\(directory)/\(name).pc"
                looked.insert(file)
                guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                    continue
                }
                pending += Self.required(by: text)
                break
            }
        }
        return looked
    }

    /// `Requires: libcrypto >= 3.0, zlib`. A version is taken for a library, too, and is not found.
    private static func required(by text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("Requires") }.flatMap { line in
            line.drop { $0 != ":" }.dropFirst().split { $0 == " " || $0 == "," }
                .filter { !$0.contains { "<>=".contains($0) } }.map(String.init)
        }
    }
}
