import Diagnostics
import Foundation
import TestKit
import Testing

@testable import Inventory

@Suite struct TargetFileTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    private func parse(_ text: String) throws -> Target {
        try Target.parse(
            YAMLFile.parse(text: text, name: "Targets/s390x-linux-musl.yaml"),
            stem: "s390x-linux-musl")
    }

    @Test func `a target file is read`() throws {
        let target = try parse(
            """
            triple: s390x-linux-musl
            machines: [s390x]
            endianness: big
            word-bits: 64
            toolchain: zig
            flags: [-O2, -g]
            emulator: qemu-s390x-static
            """)
        #expect(
            target
                == Target(
                    name: "s390x-linux-musl", machines: ["s390x"], endianness: .big, wordBits: 64,
                    flags: ["-O2", "-g"], emulator: "qemu-s390x-static"))
        #expect(target.architecture == "s390x")
    }

    @Test func `what is wrong with a target file is told`() {
        let error = #expect(throws: InventoryError.self) {
            try parse(
                """
                triple: -s390
                machines: s390x
                endianess: big
                toolchain: gc
                name: other
                link: shared
                """)
        }
        let file = "Targets/s390x-linux-musl.yaml"
        #expect(
            error?.diagnostics.map(\.rendered).joined(separator: "\n") == """
                \(file):1:1: error: the target lacks the key 'word-bits'
                 1 | triple: -s390
                   | ^
                \(file):1:1: error: the target lacks the key 'flags'
                 1 | triple: -s390
                   | ^
                \(file):2:11: error: 'machines' expects a list, not 's390x'
                 2 | machines: s390x
                   |           ^~~~~
                  help: machines: [s390x]
                \(file):3:1: error: unknown key 'endianess' in the target
                 3 | endianess: big
                   | ^~~~~~~~~
                  note: keys here: name, triple, machines, endianness, word-bits, toolchain, flags, \
                processor, emulator, compiler, c++-compiler, packages, link, floats, notes, swift
                  help: did you mean 'endianness'?
                \(file):4:12: error: unknown toolchain 'gc'
                 4 | toolchain: gc
                   |            ^~
                  note: known: zig, gcc, clang
                  help: did you mean 'gcc'?
                \(file):5:7: error: name 'other' is not the file's name 's390x-linux-musl'
                 5 | name: other
                   |       ^~~~~
                """)
    }

    @Test func `what is particular to a toolchain is checked`() {
        let error = #expect(throws: InventoryError.self) {
            try parse(
                """
                triple: -s390
                machines: []
                endianness: big
                word-bits: 64
                toolchain:
                  zig: { compiler: zig }
                  gcc: { link: shared, flag: [-O3] }
                flags: [-O2]
                swift: { triple: s390x, headers: s390x }
                """)
        }
        let file = "Targets/s390x-linux-musl.yaml"
        #expect(
            error?.diagnostics.map(\.rendered).joined(separator: "\n") == """
                \(file):1:9: error: triple '-s390' is an option
                 1 | triple: -s390
                   |         ^~~~~
                \(file):2:11: error: 'machines' is empty
                 2 | machines: []
                   |           ^
                  help: 'uname -m' on a host says it
                \(file):6:20: error: 'compiler' means nothing for zig
                 6 |   zig: { compiler: zig }
                   |                    ^~~
                  help: MARIONETTE_ZIG names a zig that is elsewhere
                \(file):7:24: error: unknown key 'flag' in 'gcc'
                 7 |   gcc: { link: shared, flag: [-O3] }
                   |                        ^~~~
                  note: keys here: triple, flags, compiler, c++-compiler, packages, link
                  help: did you mean 'flags'?
                \(file):7:16: error: unknown link 'shared'
                 7 |   gcc: { link: shared, flag: [-O3] }
                   |                ^~~~~~
                  note: known: static, dynamic
                \(file):9:8: error: 'swift' needs the toolchain zig, and no other
                 9 | swift: { triple: s390x, headers: s390x }
                   |        ^
                  note: the C library's headers come from zig
                """)
    }

    private static let start = "machines: [m]\nendianness: big\nword-bits: 32\nflags: [-O2]\n"

    @Test func `name, triple and flags are three things, and a toolchain has its own`() throws {
        let target = try parse(
            Self.start + """
                triple: s390x-linux-gnu.2.28
                toolchain:
                  zig:
                  gcc: { triple: s390x-linux-gnu, flags: [-O1], link: dynamic, packages: [a, b] }
                  clang: { compiler: clang-19, c++-compiler: ./x++ }
                floats: none
                notes: [one, two]
                """)
        #expect(target.name == "s390x-linux-musl")
        #expect(
            target.recipes == [
                TargetRecipe(toolchain: .zig, triple: "s390x-linux-gnu.2.28", flags: ["-O2"]),
                TargetRecipe(
                    toolchain: .gcc, triple: "s390x-linux-gnu", flags: ["-O1"],
                    packages: ["a", "b"], link: .dynamic),
                TargetRecipe(
                    toolchain: .clang, triple: "s390x-linux-gnu.2.28", flags: ["-O2"],
                    compiler: "clang-19", cxxCompiler: "/x++"),
            ])
        #expect(target.recipe == target.recipes[0])
        #expect(target.floats == "none")
        #expect(target.notes == ["one", "two"])
        #expect(target.built(by: target.recipes[1]).flags == ["-O1"])
    }

    /// zig has nothing to link a program with glibc statically, nor with the libraries of BSD and macOS.
    @Test(arguments: [
        ("zig", "s390x-linux-musl", "static"), ("zig", "arm-linux-musleabihf", "static"),
        ("zig", "s390x-linux-gnu.2.28", "dynamic"), ("zig", "x86_64-freebsd", "dynamic"),
        ("gcc", "s390x-linux-gnu", "static"), ("clang", "s390x-linux-gnu", "static"),
    ])
    func `a slave has the C library in itself where the toolchain can do that`(
        toolchain: String, triple: String, link: String
    ) throws {
        let target = try parse(Self.start + "toolchain: \(toolchain)\ntriple: \(triple)\n")
        #expect(target.recipe.link.rawValue == link)
    }

    /// The identity of a build is made of it: what Marionette's first targets are built as never changed.
    @Test func `a target of zig under its own name is told from others by nothing else`() throws {
        let recipe = TargetRecipe(toolchain: .zig, triple: "a-linux-musl", flags: ["-O2"])
        #expect(recipe.distinctions(from: "a-linux-musl") == [])
        #expect(recipe.distinctions(from: "b") == ["triple a-linux-musl"])
        let gcc = TargetRecipe(
            toolchain: .gcc, triple: "a", flags: [], compiler: "/opt/cc", link: .dynamic)
        #expect(gcc.distinctions(from: "a") == ["toolchain gcc", "link dynamic"])
    }

    @Test func `the targets of the checkout are read, and compute alike`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let data = try #require(DataDirectory(path: root))
        let catalog = try TargetCatalog.load(data: data)
        #expect(catalog.faults == [:])
        // What may differ says for which processor or with which alignment code is made.
        let flags = catalog.targets.flatMap(\.recipes).map { recipe in
            recipe.flags.filter { !$0.hasPrefix("-m") }
        }
        #expect(Set(flags).count == 1)
        #expect(Set(catalog.targets.map(\.architecture)).count == catalog.targets.count)
        #expect(catalog.target(machine: "armv7l")?.name == "arm-linux-musleabihf")
        #expect(catalog.target(machine: "x86_64")?.name == "x86_64-linux-musl")
    }

    @Test func `an unknown target is told with its neighbour`() {
        let error = #expect(throws: InventoryError.self) {
            try ManifestProject.catalog.target(named: "s390-linux-musl")
        }
        #expect(
            error?.diagnostic.rendered == """
                error: unknown target 's390-linux-musl'
                  note: targets: aarch64-linux-musl, arm-linux-musleabihf, s390x-linux-musl, \
                x86_64-linux-musl
                  help: did you mean 's390x-linux-musl'?
                """)
        #expect(error?.exitCode == .usage)
    }
}

@Suite struct DataDirectoryTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    private func make(_ root: String, package: String) throws {
        try project.write("", to: "\(root)/Targets/.keep")
        try project.write("", to: "\(package)/Sources/CSlave/slave.c")
    }

    @Test func `the variable comes first, and is not passed over when it is wrong`() throws {
        try make("named", package: "named/package")
        let data = try DataDirectory.find(
            environment: "\(project.directory)/named", executable: "/bin/marionette")
        #expect(data.path == "\(project.directory)/named")
        #expect(data.slaveSources == "\(project.directory)/named/package/Sources/CSlave")
        #expect(throws: InventoryError.dataMissing(searched: ["/no/data"])) {
            try DataDirectory.find(environment: "/no/data", executable: "/bin/marionette")
        }
    }

    @Test func `an installation is found beside the executable`() throws {
        let share = "prefix/share/marionette"
        try make(share, package: "\(share)/package")
        let data = try DataDirectory.find(
            environment: nil, executable: "\(project.directory)/prefix/bin/marionette")
        #expect(data.path == "\(project.directory)/\(share)")
        #expect(data.package == "\(project.directory)/\(share)/package")
    }

    @Test func `a checkout is found above the executable`() throws {
        try make("checkout", package: "checkout")
        let data = try DataDirectory.find(
            environment: "", executable: "\(project.directory)/checkout/.build/x/debug/marionette")
        #expect(data.path == "\(project.directory)/checkout")
        #expect(data.package == data.path)
    }

    @Test func `missing data are told with what helps`() {
        let error = #expect(throws: InventoryError.self) {
            try DataDirectory.find(environment: nil, executable: "/none/bin/marionette")
        }
        #expect(
            error?.diagnostic.rendered == """
                error: the targets and the slave's sources are missing
                  note: not in '/none/share/marionette'
                  note: not in '/none'
                  note: not in '/'
                  help: set MARIONETTE_DATA to the directory that holds Targets
                """)
    }
}
