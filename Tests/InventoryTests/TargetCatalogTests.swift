import Diagnostics
import Foundation
import Testing

@testable import Inventory

@Suite struct TargetCatalogTests {
    let project: ManifestProject
    let data: DataDirectory

    init() throws {
        project = try ManifestProject()
        try project.write("", to: "data/Sources/CSlave/slave.c")
        for name in ["a-linux-musl", "b-linux-musl"] {
            try project.write(Self.file(machine: name), to: "data/Targets/\(name).yaml")
        }
        data = try #require(DataDirectory(path: "\(project.directory)/data"))
    }

    private static func file(machine: String) -> String {
        """
        machines: [\(machine)]
        endianness: little
        word-bits: 64
        toolchain: zig
        flags: [-O2]

        """
    }

    private func load() throws -> TargetCatalog {
        try TargetCatalog.load(data: data, project: project.directory)
    }

    private func manifest(target: String) throws -> Manifest {
        try project.write(
            """
            application: demo
            interface: demo.x
            master: { product: demo }
            worker: { language: c, sources: [worker/*.c] }
            hosts: { one: { target: \(target) }, two: { target: \(target) } }

            """, to: Manifest.fileName)
        return try Manifest.load(directory: project.directory, catalog: load())
    }

    /// What is told of it, with files relative to the project.
    private func told(target: String) -> String {
        let error = #expect(throws: InventoryError.self) { try load().target(named: target) }
        return (error?.diagnostics ?? []).map(\.rendered).joined(separator: "\n")
            .replacing("\(project.directory)/", with: "")
    }

    private func toldByManifest(target: String) throws -> String {
        let error = #expect(throws: InventoryError.self) { try manifest(target: target) }
        return (error?.diagnostics ?? []).map(\.rendered).joined(separator: "\n")
            .replacing("\(project.directory)/", with: "")
    }

    @Test func `a project's own target is one file beside its manifest`() throws {
        try project.write(
            Self.file(machine: "mine").replacing("zig", with: "gcc") + "compiler: tools/cc\n",
            to: "Targets/mine.yaml")
        let target = try load().target(named: "mine")
        #expect(target.isOwn)
        #expect(target.recipe.compiler == "\(project.directory)/tools/cc")
        #expect(try load().names == ["a-linux-musl", "b-linux-musl", "mine"])
        #expect(try manifest(target: "mine").targetNames == ["mine"])
        #expect(try TargetCatalog.load(data: data).names == ["a-linux-musl", "b-linux-musl"])
    }

    @Test func `a file that can't be read stops only those who use its target`() throws {
        try project.write("machines: [m\n", to: "Targets/broken.yaml")
        try project.write("machine: [m]\n", to: "data/Targets/worse.yaml")
        #expect(try manifest(target: "a-linux-musl").targetNames == ["a-linux-musl"])
        #expect(try load().faults.keys.sorted() == ["broken", "worse"])
        let fault = """
            Targets/broken.yaml:1:11: error: not valid YAML: did not find expected ',' or ']'
             1 | machines: [m
               |           ^
              note: while parsing a flow sequence
            """
        #expect(told(target: "broken") == fault)
        // Once, though two hosts are of that target.
        #expect(try toldByManifest(target: "broken") == fault)
        #expect(told(target: "worse").hasPrefix("data/Targets/worse.yaml:1:1: error: "))
    }

    @Test func `the name of a target that comes with Marionette is taken`() throws {
        try project.write(Self.file(machine: "m"), to: "Targets/a-linux-musl.yaml")
        let fault = """
            error: target 'a-linux-musl' comes with Marionette, and 'Targets/a-linux-musl.yaml' is \
            another one
              help: rename the file: its name is the target's
            """
        #expect(told(target: "a-linux-musl") == fault)
        #expect(try toldByManifest(target: "a-linux-musl") == fault)
        #expect(try manifest(target: "b-linux-musl").targetNames == ["b-linux-musl"])
    }

    @Test func `names that would be lost among others' are refused`() throws {
        try project.write(Self.file(machine: "m"), to: "Targets/stubs.yaml")
        try project.write(Self.file(machine: "m"), to: "Targets/a b.yaml")
        #expect(
            told(target: "stubs") == """
                Targets/stubs.yaml:1:1: error: no target can be called 'stubs'
                 1 | machines: [m]
                   | ^
                  help: rename the file
                """)
        #expect(
            told(target: "a b") == """
                Targets/a b.yaml:1:1: error: 'a b' is no name of a target
                 1 | machines: [m]
                   | ^
                  note: letters, digits, '.', '_' and '-'; the file's name is the target's
                  help: rename the file
                """)
    }

    @Test func `why nothing here builds a target is told with what to do`() throws {
        var target = Self.target("m-linux-musl", ["m"])
        let zig = Toolchain(kind: .zig, path: "/zig", version: "1.0")
        let refused = TargetStatus.Option(
            recipe: target.recipe, toolchain: zig, reason: "it makes no code for 'm'")
        let gcc = TargetRecipe(toolchain: .gcc, triple: "m", flags: [])
        let missing = TargetStatus.Option(recipe: gcc, remedy: "apt-get install g++-m")
        #expect(
            TargetStatus.fault(of: target, [refused, missing]).diagnostic.rendered == """
                error: this machine can't build 'm-linux-musl'
                  note: zig 1.0: it makes no code for 'm'
                  help: apt-get install g++-m
                """)
        target.name = "mine"
        #expect(
            TargetStatus.fault(of: target, [refused]).diagnostic.rendered == """
                error: this machine can't build 'mine'
                  note: zig 1.0: it makes no code for 'm'
                """)
    }

    // MARK: this machine's own

    private static func target(
        _ name: String, _ machines: [String], link: TargetRecipe.Link = .static,
        endianness: Target.Endianness = .little, bits: Int = 64, isOwn: Bool = false
    ) -> Target {
        var target = Target(
            name: name, machines: machines, endianness: endianness, wordBits: bits,
            recipes: [TargetRecipe(toolchain: .zig, triple: name, flags: [], link: link)])
        target.isOwn = isOwn
        return target
    }

    private static let here = Machine(name: "m", isBigEndian: false, wordBits: 64)

    /// In any order: which one is taken must not depend on names that others have.
    private func native(of targets: [Target], buildable: Set<String>? = nil) -> String? {
        let natives = [targets, targets.reversed(), targets.shuffled()].map { order in
            TargetCatalog(data: data, targets: order, here: Self.here) {
                buildable?.contains($0.name) ?? true
            }.native?.name
        }
        #expect(Set(natives).count == 1)
        return natives[0]
    }

    @Test func `this machine's target is the one that needs least and fits best`() {
        let musl = Self.target("m-linux-musl", ["m"])
        let glibc = Self.target("m-linux-gnu", ["m"], link: .dynamic)
        let older = Self.target("k-linux-musl", ["k", "m"])
        let own = Self.target("fast", ["m"], isOwn: true)
        #expect(native(of: [glibc, musl, older, own]) == "m-linux-musl")
        #expect(native(of: [glibc, older, own]) == "k-linux-musl")
        #expect(native(of: [glibc, own]) == "m-linux-gnu")
        #expect(native(of: [own]) == "fast")
    }

    @Test func `a target of the other byte order or of longer words is none of this machine`() {
        let big = Self.target("a", ["m"], endianness: .big)
        let wide = Self.target("b", ["m"], bits: 128)
        #expect(native(of: [big, wide]) == nil)
        #expect(native(of: [big, wide, Self.target("c", ["m"], bits: 32)]) == "c")
    }

    @Test func `where nothing builds the first choice, the next one is taken`() {
        let musl = Self.target("m-linux-musl", ["m"])
        let glibc = Self.target("m-linux-gnu", ["m"], link: .dynamic)
        #expect(native(of: [musl, glibc], buildable: ["m-linux-gnu"]) == "m-linux-gnu")
        // What is missing for the first choice is told, then.
        #expect(native(of: [musl, glibc], buildable: []) == "m-linux-musl")
    }

    @Test func `displays show the short name of one target alone`() {
        let catalog = TargetCatalog(
            data: data,
            targets: [
                Self.target("m-linux-gnu", ["m"], link: .dynamic),
                Self.target("m-linux-musl", ["m"]),
                Self.target("n-linux-musl", ["n"]), Self.target("master-x", ["o"]),
            ])
        #expect(
            catalog.targets.map(\.architecture) == ["m-linux-gnu", "m", "master-x", "n"])
    }
}
