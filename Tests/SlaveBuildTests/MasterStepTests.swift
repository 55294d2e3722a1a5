import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import SlaveBuild

/// When SwiftPM is started to build a master. A program that does nothing stands for it here.
@Suite(.timeLimit(.minutes(10))) struct MasterStepTests {
    /// Any order of edits: SwiftPM is started for each that may change the program, and for no other.
    @Test(arguments: seedsOfThisRun(3))
    func `SwiftPM is started when what it reads changed, and only then`(seed: UInt64) async throws {
        var random = SeededNumbers(seed)
        let shop = try MasterWorkshop(packages: random.within(1...3))
        #expect(try await shop.starts(), "seed \(seed): the first time")
        #expect(try await !shop.starts(), "seed \(seed): nothing changed")
        for _ in 0..<24 {
            let edit = MasterEdit.allCases[random.below(MasterEdit.allCases.count)]
            try edit.make(in: shop, &random)
            #expect(try await shop.starts() == edit.matters, "seed \(seed): \(edit)")
            #expect(
                try await !shop.starts(), "seed \(seed): nothing after \(edit): \(shop.reasons)")
        }
    }

    @Test(arguments: [
        ("let package", "let home = Context.environment[\"HOME\"]\nlet package"),
        ("import PackageDescription", "import PackageDescription\nimport Foundation"),
        (
            "dependencies: [",
            "dependencies: [.package(url: \"https://example.org/a\", from: \"1.0.0\"), "
        ),
        ("plugins: [", "plugins: [.plugin(name: \"Theirs\", package: \"theirs\"), "),
        ("plugins: [", "plugins: [\"Theirs\", "),
        ("targets: [", "targets: [.plugin(name: \"Mine\", capability: .buildTool()), "),
        ("targets: [", "targets: [.target(name: \"A\", path: place), "),
        ("targets: [", "targets: [.target(name: \"A\", path: \"\\(place)/a\"), "),
        ("targets: [", "targets: [.target(name: \"A\", path: \".hidden\"), "),
        ("targets: [", "targets: [.target(name: \"A\", resources: [.copy(\"a\")]), "),
        ("targets: [", "targets: [.target(name: \"A\", swiftSettings: [.unsafeFlags([\"-g\"])]), "),
        ("targets: [", "targets: [.binaryTarget(name: \"A\", path: \"a.zip\"), "),
        ("targets: [", "targets: [.systemLibrary(name: \"C\", pkgConfig: name), "),
        ("let package", "let text = #\"a\"#\nlet package"),
        ("let package", "let text = \"\"\"\n//\n\"\"\"\nlet package"),
    ])
    func `where a Package.swift does not tell all, SwiftPM is asked each time`(
        text: String, replacement: String
    ) async throws {
        for place in ["project", "package0"] {
            let shop = try MasterWorkshop(packages: 1)
            let file = "\(place)/Package.swift"
            let original = try shop.text(of: file)
            try shop.write(original.replacing(text, with: replacement), to: file)
            for _ in 1...3 { #expect(try await shop.starts(), "\(place): \(replacement)") }
            try shop.write(original, to: file)
            #expect(try await shop.starts())
            #expect(try await !shop.starts())
        }
    }

    @Test func `comments of a Package.swift are no part of what it says`() async throws {
        let shop = try MasterWorkshop(packages: 1)
        let text = try shop.text(of: "project/Package.swift")
        let comments = "\n// import Foundation /* \"\n/* plugins: /* Context */ path: */\n"
        try shop.write(text + comments, to: "project/Package.swift")
        #expect(try await shop.starts())
        #expect(try await !shop.starts())
    }

    @Test func `without SwiftPM's records it is asked each time`() async throws {
        let shop = try MasterWorkshop(packages: 1)
        #expect(try await shop.starts())
        for records in [
            "", "    inputs: [broken\n", "    inputs: [\"/elsewhere/Package.swift\"]\n",
        ] {
            try shop.write("print(1) // \(records)\n", to: "project/Sources/p/main.swift")
            shop.records = records
            for _ in 1...3 { #expect(try await shop.starts(), "\(records)") }
        }
    }

    @Test func `SwiftPM plans anew when names or a Package.swift changed, which it may miss`()
        async throws
    {
        let shop = try MasterWorkshop(packages: 2)
        _ = try await shop.starts()
        #expect(!shop.keptPlan)
        try shop.write("// other\n", to: "package1/Sources/p/main.swift")
        _ = try await shop.starts()
        #expect(shop.keptPlan)
        let changes = [
            ("package1/Sources/p/new.swift", ""),
            ("package1/Package.swift", try shop.text(of: "package1/Package.swift") + "// more\n"),
        ]
        for (name, text) in changes {
            try shop.write(text, to: name)
            #expect(try await shop.starts())
            #expect(!shop.keptPlan, "\(name)")
        }
    }

    @Test func `a program that only picks a toolchain is asked each time`() async throws {
        let shop = try MasterWorkshop(packages: 1)
        #expect(try await shop.starts())
        let real = shop.path("toolchain0/swift-driver")
        for (name, content) in [("swiftly", nil), ("swift-driver", "#!/bin/sh\nexit 0\n")] {
            let directory = shop.path("chooser-\(name)")
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            if let content {
                try TemporaryDirectory.writeProgram(content, at: "\(directory)/\(name)")
            } else {
                try FileManager.default.copyItem(atPath: real, toPath: "\(directory)/\(name)")
            }
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/swift", withDestinationPath: name)
            shop.environment["PATH"] = "\(directory):/usr/bin:/bin"
            for _ in 1...2 { #expect(try await shop.starts(), "\(name)") }
        }
        for variable in ["SWIFT_EXEC", "SWIFTPM_CUSTOM_BIN_DIR", "TOOLCHAINS"] {
            shop.environment = try MasterWorkshop.environment(shop.path("toolchain0"))
            shop.environment[variable] = "/nowhere"
            for _ in 1...2 { #expect(try await shop.starts(), "\(variable)") }
        }
    }

    @Test func `names of all kinds are watched`() async throws {
        let shop = try MasterWorkshop(packages: 1)
        let names = ["a b", "50%", "#1", "$x", "ä", "it's", "a:b", "q\"q", "-f", "[x]"]
        for name in names { try shop.write("// 1\n", to: "project/Sources/p/\(name).swift") }
        #expect(try await shop.starts())
        #expect(try await !shop.starts())
        for name in names {
            try shop.write("// 2\n", to: "project/Sources/p/\(name).swift")
            #expect(try await shop.starts(), "\(name)")
            #expect(try await !shop.starts(), "\(name)")
        }
        // Makefile syntax can't name it.
        try shop.write("// 1\n", to: "project/Sources/p/a\\b.swift")
        for _ in 1...2 { #expect(try await shop.starts()) }
    }

    @Test func `Marionette's own package and its templates say what is read`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let base = try TemporaryDirectory("own")
        for template in ["basic", "raytracer", "swift"] {
            let text = try String(
                contentsOfFile: "\(root)/Templates/\(template)/Package.swift", encoding: .utf8)
            try base.write(
                text.replacing("{{package}}", with: root).replacing("{{name}}", with: "p"),
                to: "\(template)/Package.swift")
            let packages = try #require(MasterPackages(directory: "\(base.path)/\(template)"))
            #expect(packages.all.map(\.directory) == ["\(base.path)/\(template)", root])
            #expect(packages.all.map(\.hasInterfaces) == [true, false])
            #expect(packages.all[1].systemLibraries.contains("libssh"))
            let sources = try #require(MasterSources(of: packages))
            #expect(sources.files.contains("\(root)/Sources/Marionette/Program/Master.swift"))
            #expect(
                sources.files.contains(
                    "\(root)/Plugins/MarionetteInterface/MarionetteInterfacePlugin.swift"))
        }
    }

    @Test func `a project with more files than are worth a look has SwiftPM asked`() async throws {
        let shop = try MasterWorkshop(packages: 1)
        let packages = try #require(MasterPackages(directory: shop.path("project")))
        let all = try #require(MasterSources(of: packages))
        #expect(MasterSources(of: packages, max: all.names.count / 2) == nil)
    }
}
