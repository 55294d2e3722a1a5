import Diagnostics
import Foundation

/// The part of a manifest that tells programs and libraries.
extension ManifestReader {
    // MARK: Programs

    mutating func programs(
        _ node: YAMLNode?, _ libraries: [Library], _ hosts: [HostEntry]
    ) -> [Program] {
        named(node, "programs", of: "program").compactMap { name, node in
            let fields = reader.fields(
                of: node, in: "program '\(name)'", known: Self.codeKeys + ["targets", "hosts"],
                required: ["sources"])
            return Program(
                name: name, code: code(fields, libraries), targets: targets(fields, hosts))
        }
    }

    /// The targets that are named, and those of the hosts that are.
    private mutating func targets(
        _ fields: [String: YAMLNode], _ hosts: [HostEntry]
    ) -> Set<String>? {
        guard fields["targets"] != nil || fields["hosts"] != nil else { return nil }
        var found: Set<String> = []
        for key in ["targets", "hosts"] {
            guard let node = fields[key], node.sequence?.isEmpty ?? false else { continue }
            reader.fault(at: node, "'\(key)' is empty", notes: ["without the key: all of them"])
        }
        for (name, node) in reader.list(fields["targets"], "targets") {
            if catalog.names.contains(name) {
                found.insert(name)
            } else {
                unknownTarget(name, at: node)
            }
        }
        let names = hosts.map(\.name)
        for (pattern, node) in reader.list(fields["hosts"], "hosts") {
            for name in unfold(pattern, at: node) ?? [] {
                if let host = hosts.first(where: { $0.name == name }) {
                    found.insert(host.target)
                } else {
                    unknown(name, "host", among: names, at: node)
                }
            }
        }
        return found
    }

    private mutating func unknownTarget(_ name: String, at node: YAMLNode) {
        reader.fault(
            at: node, "unknown target '\(name)'", notes: UnknownTarget.notes(among: catalog.names),
            remedy: UnknownTarget.remedy(name, among: catalog.names))
    }

    private mutating func unknown(
        _ name: String, _ what: String, among known: [String], at node: YAMLNode
    ) {
        reader.fault(
            at: node, "unknown \(what) '\(name)'",
            notes: ["\(what)s: \(known.prefix(20).joined(separator: ", "))"],
            remedy: nearest(to: name, among: known).map { "did you mean '\($0)'?" })
    }

    // MARK: Libraries

    private static let originKeys = ["files", "sources", "project"]

    /// In an order in which each stands behind those that it stands on.
    mutating func libraries(_ node: YAMLNode?) -> [Library] {
        let entries = named(node, "libraries", of: "library")
        // Sources may name any of them.
        let names = entries.map { Library(name: $0.name, origin: .files([:])) }
        let found = entries.compactMap { name, node in library(name, node, names) }
        for library in found where depends(library, on: library.name, found) {
            let place = entries.first { $0.name == library.name }?.node ?? reader.file.root
            reader.fault(at: place, "library '\(library.name)' stands on itself")
        }
        return found
    }

    private func depends(_ library: Library, on name: String, _ all: [Library]) -> Bool {
        var seen: Set<String> = []
        var pending = library.needed
        while let next = pending.popLast() {
            if next == name { return true }
            guard seen.insert(next).inserted else { continue }
            pending += all.first { $0.name == next }?.needed ?? []
        }
        return false
    }

    private mutating func library(
        _ name: String, _ node: YAMLNode, _ names: [Library]
    ) -> Library? {
        let keys = Self.originKeys + ["directory", "options", "products", "include"]
        let fields = reader.fields(
            of: node, in: "library '\(name)'", known: keys + Self.codeKeys.dropFirst())
        let origins = Self.originKeys.filter { fields[$0] != nil }
        guard origins.count == 1 else {
            // Keys that are no mapping were told.
            guard node.mapping != nil else { return nil }
            reader.fault(
                at: node,
                origins.isEmpty
                    ? "library '\(name)' says nothing of where it comes from"
                    : "library '\(name)' has \(origins.joined(separator: " and "))",
                notes: ["one of: files, sources, project"])
            return nil
        }
        let code = code(fields, names)
        let origin: Library.Origin?
        switch origins[0] {
        case "files": origin = .files(prebuilt(fields["files"]))
        case "sources": origin = .code(code)
        default: origin = project(name, fields, at: node)
        }
        misplaced(fields, origins[0], name)
        return origin.map {
            Library(
                name: name, origin: $0,
                includes: includes(fields["include"], isInstalled: origins[0] == "project"),
                libraries: code.libraries)
        }
    }

    private mutating func misplaced(_ fields: [String: YAMLNode], _ origin: String, _ name: String)
    {
        let useless: [String]
        switch origin {
        case "files": useless = ["flags", "link-flags", "directory", "options", "products"]
        case "sources": useless = ["link-flags", "directory", "options", "products"]
        default: useless = ["flags", "link-flags"]
        }
        for key in useless {
            guard let node = fields[key] else { continue }
            reader.fault(
                at: node, "'\(key)' means nothing for library '\(name)', which has '\(origin)'")
        }
    }

    /// The files of each target.
    private mutating func prebuilt(_ node: YAMLNode?) -> [String: [String]] {
        guard let node else { return [:] }
        guard let mapping = node.mapping else {
            reader.fault(
                at: node, "'files' expects targets with their files",
                remedy: "files: { \(catalog.names.first ?? ""): [lib.a] }")
            return [:]
        }
        var files: [String: [String]] = [:]
        for (key, value) in mapping {
            guard let target = reader.text(key, "target") else { continue }
            guard catalog.names.contains(target) else {
                unknownTarget(target, at: key)
                continue
            }
            for (path, place) in reader.list(value, target) {
                files[target, default: []] += self.files(path, "file", at: place).found
            }
        }
        return files
    }

    private mutating func project(
        _ name: String, _ fields: [String: YAMLNode], at node: YAMLNode
    ) -> Library.Origin? {
        let tool: Library.Project.Tool? = reader.choice(
            fields["project"], "project", alsoCalled: ["configure": .autotools, "gnu": .autotools])
        let path = reader.text(fields["directory"], "directory")
        for key in ["directory", "products"] where fields[key] == nil {
            reader.fault(at: node, "library '\(name)' lacks the key '\(key)'")
        }
        if let path, let place = fields["directory"] { checkDirectory(path, tool, at: place) }
        let products = reader.list(fields["products"], "products")
        for (product, place) in products where !isInside(product) {
            reader.fault(at: place, "product '\(product)' is no path below the installation")
        }
        guard let tool, let path else { return nil }
        return .project(
            Library.Project(
                tool: tool, directory: path,
                options: reader.list(fields["options"], "options").map(\.text),
                products: products.map(\.text)))
    }

    private mutating func checkDirectory(
        _ path: String, _ tool: Library.Project.Tool?, at place: YAMLNode
    ) {
        guard isInside(path) else {
            let isProject = path == "." || path == "./"
            reader.fault(
                at: place,
                isProject
                    ? "a library's directory can't be the whole project"
                    : "directory '\(path)' lies outside of the project")
            return
        }
        let whole = "\(directory)/\(path)"
        guard RegularFile.otherKind(whole) == "a directory" else {
            _ =
                RegularFile.otherKind(whole) == nil
                    && !FileManager.default.fileExists(atPath: whole)
                ? existing(path, at: place) : fault("'\(path)' is no directory", at: place)
            return
        }
        guard let tool,
            !tool.files.contains(where: { FileManager.default.fileExists(atPath: "\(whole)/\($0)") }
            )
        else { return }
        let other = Library.Project.Tool.allCases.first { tool in
            tool.files.contains { FileManager.default.fileExists(atPath: "\(whole)/\($0)") }
        }
        reader.fault(
            at: place, "'\(path)' has no \(tool.files[0])",
            remedy: other.map { "project: \($0.rawValue)" })
    }

    private mutating func fault(_ summary: String, at place: YAMLNode) -> Bool {
        reader.fault(at: place, summary)
        return false
    }

    private mutating func includes(_ node: YAMLNode?, isInstalled: Bool) -> [String] {
        reader.list(node, "include").compactMap { path, place in
            guard isInside(path) || path == "." else {
                reader.fault(at: place, "include '\(path)' lies outside of the project")
                return nil
            }
            let whole = "\(directory)/\(path)"
            if !isInstalled, RegularFile.otherKind(whole) != "a directory" {
                reader.fault(at: place, "'\(path)' is no directory")
            }
            return path
        }
    }

    // MARK: Names

    private static let nameMax = 64

    /// The entries of a mapping from names.
    mutating func named(
        _ node: YAMLNode?, _ key: String, of what: String
    ) -> [(name: String, node: YAMLNode)] {
        guard let node, !node.null else { return [] }
        guard let mapping = node.mapping else {
            _ = reader.fields(of: node, in: "'\(key)'", known: [])
            return []
        }
        if mapping.isEmpty { reader.fault(at: node, "'\(key)' is empty") }
        return mapping.compactMap { key, value in
            guard let name = reader.text(key, what) else { return nil }
            guard name.utf8.count <= Self.nameMax else {
                reader.fault(
                    at: key,
                    "the name of this \(what) has \(name.utf8.count) characters, and may have"
                        + " \(Self.nameMax)")
                return nil
            }
            let isName =
                name.utf8.first.map { $0.isLetterOrDigit || $0 == 0x5f } ?? false
                && name.utf8.allSatisfy { $0.isLetterOrDigit || "._+-".utf8.contains($0) }
            guard isName else {
                reader.fault(
                    at: key, "\(what) '\(name)' is no name",
                    notes: ["a letter or a digit, then letters, digits, '.', '_', '+' and '-'"])
                return nil
            }
            return (name, value)
        }
    }

    func isInside(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !parts.isEmpty
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }
}

extension Library {
    /// The names of all that it is linked with.
    var needed: [String] { libraries }
}

extension Library.Project.Tool {
    /// One of these lies in a directory that it builds.
    var files: [String] {
        switch self {
        case .cmake: ["CMakeLists.txt"]
        case .meson: ["meson.build"]
        case .autotools: ["configure", "configure.ac"]
        case .make: ["Makefile", "makefile", "GNUmakefile"]
        }
    }
}
