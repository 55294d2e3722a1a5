import Foundation
import Testing

/// What STYLE asks of every file, checked so that no reviewer has to.
@Suite struct TidyTests {
    static let code = Repository.files(
        under: ["Sources", "Tests", "Examples", "Plugins", "Templates"],
        endings: [".swift", ".c", ".h"])

    @Test func `no source file is longer than 500 lines, no C file of the slave longer than 400`()
        throws
    {
        let long = try Self.code.compactMap { path -> String? in
            let count = try Repository.text(of: path).split(
                separator: "\n", omittingEmptySubsequences: false
            ).count
            let limit = path.hasPrefix("Sources/CSlave/") ? 400 : 500
            return count > limit + 1 ? "\(path): \(count) lines, at most \(limit)" : nil
        }
        #expect(long == [])
    }

    @Test func `no line is wider than 110 columns`() throws {
        let wide = try Self.code.flatMap { path in
            try Repository.text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated().filter { $0.element.count > 110 }
                .map { "\(path):\($0.offset + 1): \($0.element.count) columns" }
        }
        #expect(wide == [])
    }

    @Test func `a module imports only what stands above it in Package_swift`() throws {
        let order = try Self.modulesInOrder()
        var wrong: [String] = []
        for path in Self.code where path.hasPrefix("Sources/") && path.hasSuffix(".swift") {
            let module = String(path.split(separator: "/")[1])
            guard let own = order.firstIndex(of: module) else {
                wrong.append("\(path): module '\(module)' is not in Package.swift")
                continue
            }
            for line in try Repository.text(of: path).split(separator: "\n")
            where line.contains("import ") {
                guard let imported = Self.importedModule(String(line)),
                    let place = order.firstIndex(of: imported), place >= own
                else { continue }
                wrong.append("\(path): imports '\(imported)', which stands below '\(module)'")
            }
        }
        #expect(wrong == [])
    }

    /// What a module is declared to stand on is what it imports: no more, and nothing by the way of
    /// another one.
    @Test func `a module declares what it imports, and imports what it declares`() throws {
        var wrong: [String] = []
        let ours = Set(try Self.modulesInOrder())
        for (module, declared) in try Self.dependencies() {
            let files = Repository.files(
                under: ["Sources/\(module)"], endings: [".swift"], alsoGenerated: true)
            guard !files.isEmpty else { continue }
            let imported = Set(
                try files.flatMap { path in
                    try Repository.text(of: path).split(separator: "\n")
                        .compactMap { Self.importedModule(String($0)) }
                })
            wrong += imported.intersection(ours).subtracting(declared).sorted().map {
                "'\(module)' imports '\($0)' undeclared"
            }
            wrong += declared.subtracting(imported).sorted().map {
                "'\(module)' declares '\($0)' and does not import it"
            }
        }
        #expect(wrong == [])
    }

    /// What the pages of ARCHITECTURE say that a module refuses to know, by whatever way.
    @Test(arguments: [
        ("Scheduling", ["Transport", "WireProtocol", "XDRCoding", "Foundation"]),
        ("InterfaceCompiler", ["BuildGraph", "Inventory", "SlaveBuild", "Transport"]),
        ("BuildGraph", ["InterfaceCompiler", "Inventory", "SlaveBuild", "Transport"]),
        ("SlaveBuild", ["Distribution", "Marionette", "Transport"]),
        ("Transport", ["WireProtocol", "XDRCoding", "Inventory", "Marionette"]),
        ("RunRecords", ["CLibSQLite", "CLibSSH", "Marionette", "Scheduling", "Transport"]),
        ("Debugging", ["CLibSQLite", "Marionette", "Scheduling"]),
        ("Distribution", ["BuildGraph", "Inventory", "Marionette", "SlaveBuild"]),
        (
            "Marionette",
            ["Archives", "Distribution", "InterfaceCompiler", "Inventory", "SlaveBuild"]
        ),
    ])
    func `a module never stands on what it refuses to know`(module: String, never: [String]) throws
    {
        let dependencies = try Self.dependencies()
        try #require(dependencies[module] != nil)
        var reached: Set<String> = []
        var waiting = [module]
        while let next = waiting.popLast() {
            for one in dependencies[next] ?? [] where reached.insert(one).inserted {
                waiting.append(one)
            }
        }
        #expect(reached.intersection(never) == [])
    }

    @Test func `what is in every master does without Foundation`() throws {
        let modules = [
            "Diagnostics", "JSONCoding", "Console", "Digests", "XDRCoding", "WireProtocol",
            "Scheduling", "Endpoints", "Transport", "RunRecords", "Marionette",
        ]
        let found = try Self.code.filter { path in
            let isInMaster = modules.contains { path.hasPrefix("Sources/\($0)/") }
            return try isInMaster
                && Repository.text(of: path).split(separator: "\n").contains {
                    Self.importedModule(String($0))?.hasPrefix("Foundation") ?? false
                }
        }
        #expect(found == [])
    }

    @Test func `every module has a page in ARCHITECTURE`() throws {
        let pages = try Repository.text(of: "Documentation/ARCHITECTURE.md")
        let missing = try Self.modulesInOrder().filter {
            !$0.hasSuffix("Tests") && !pages.contains("### \($0)")
        }
        #expect(missing == [])
    }

    @Test func `no file says that it is unfinished, and none outside tests forces its way`() throws
    {
        let unfinished = [
            "TO" + "DO", "FIX" + "ME", " XX" + "X ", "for" + " now", "not " + "implemented",
        ]
        let forced = ["try" + "! ", "fatal" + "Error(", "as" + "! "]
        var found: [String] = []
        for path in Self.code {
            let lines = try Repository.text(of: path).split(
                separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                let isTest = path.contains("Tests/")
                let banned = unfinished + (isTest ? [] : forced)
                found += banned.filter { line.contains($0) }.map { "\(path):\(index + 1): '\($0)'" }
            }
        }
        #expect(found == [])
    }

    @Test func `what is unchecked says why it is safe`() throws {
        let silent = try Self.code.filter { !$0.hasPrefix("Tests/") }.flatMap { path -> [String] in
            let lines = try Repository.text(of: path).split(
                separator: "\n", omittingEmptySubsequences: false)
            return lines.indices.filter { index in
                lines[index].contains("@unchecked " + "Sendable")
                    || lines[index].contains("nonisolated(" + "unsafe)")
            }
            .filter { index in
                !lines[max(0, index - 8)...min(index + 2, lines.count - 1)].contains {
                    $0.contains("Safe because:")
                }
            }.map { "\(path):\($0 + 1)" }
        }
        #expect(silent == [])
    }

    @Test func `no module is called Core, Common, Utils or Helpers`() throws {
        let banned = ["Core", "Common", "Utils", "Helpers"]
        #expect(try Self.modulesInOrder().filter { banned.contains($0) } == [])
    }

    @Test func `each test that Reliability names is there`() throws {
        let tests = try Self.code.filter { $0.hasSuffix("Tests.swift") }
            .map { try Repository.text(of: $0) }.joined()
        let rows = try Repository.text(of: "Documentation/Reliability.md").split(separator: "\n")
            .filter { $0.hasPrefix("| ") }.map { $0.split(separator: "|") }
        // The last column, of three; the table of what is done about a failure has others.
        let named = rows.filter { $0.count == 3 && $0[2].contains("Tests") }
            .flatMap { $0[2].matches(of: /`([^`]+)`/).map(\.output.1) }
        #expect(named.count > 80)
        #expect(named.filter { !tests.contains("func `\($0)`") } == [])
    }

    @Test func `every public error shows its sentence where it is printed`() throws {
        let texts = try Self.code.filter { $0.hasPrefix("Sources/") && $0.hasSuffix(".swift") }
            .map(Repository.text(of:)).joined()
        let declaration = #/public (?:enum|struct|class) (\w+): ([^{]*\bError\b[^{]*)\{/#
        let errors = texts.matches(of: declaration).map { (String($0.1), String($0.2)) }
        let mute = errors.filter { name, conformances in
            let extensions = texts.matches(of: #/extension (\w+): ([^{]*)\{/#)
                .filter { $0.1 == name }.map { String($0.2) }
            return !([conformances] + extensions).contains {
                $0.contains("CustomStringConvertible") || $0.contains("DiagnosticError")
            }
        }
        #expect(errors.count > 8)
        #expect(mute.map(\.0) == [])
    }

    @Test func `the command's version is the newest of the changelog that is released`() throws {
        let changelog = try Repository.text(of: "CHANGELOG.md")
        let newest = changelog.split(separator: "\n").first {
            $0.hasPrefix("## ") && $0 != "## Unreleased"
        }
        let source = try Repository.text(of: "Sources/MarionetteCommand/MarionetteMain.swift")
        let version = try #require(newest).dropFirst(3).prefix { !$0.isWhitespace }
        #expect(source.contains("let marionetteVersion = \"\(version)\""))
    }

    /// The names of the package's targets as Package.swift lists them.
    private static func modulesInOrder() throws -> [String] {
        let package = try Repository.text(of: "Package.swift")
        let targets = package.split(separator: "targets: [\n").last ?? ""
        let declaration = #/(?:arget|systemLibrary|plugin)\(\s*name: "(\w+)"/#
        return targets.matches(of: declaration).map { String($0.1) }
    }

    /// What each of them is declared to import.
    private static func dependencies() throws -> [String: Set<String>] {
        let package = try Repository.text(of: "Package.swift")
        let targets = package.split(separator: "targets: [\n").last ?? ""
        let declarations = targets.split(separator: #/\n {4,8}\.\w+\(/#)
        return Dictionary(
            uniqueKeysWithValues: declarations.compactMap { text in
                guard let name = text.firstMatch(of: #/name: "(\w+)"/#)?.output.1 else {
                    return nil
                }
                let list = text.firstMatch(of: #/dependencies: \[([^\]]*)\]/#)?.output.1 ?? ""
                let names = list.replacing(#/package: "[^"]*"/#, with: "")
                    .matches(of: #/"(\w+)"/#).map { String($0.output.1) }
                return (String(name), Set(names))
            })
    }

    private static func importedModule(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
            words[..<index].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "internal" })
        else { return nil }
        return String(words[index + 1])
    }
}
