import Archives
import BuildGraph
import Foundation
import Inventory
import Testing

@testable import SlaveBuild

@Suite(.serialized) struct ApplicationBuildTests {
    @Test(arguments: [
        ("x86_64-linux-musl", "qemu-x86_64-static", "little"),
        ("s390x-linux-musl", "qemu-s390x-static", "big"),
    ])
    func `a slave tells what it was built from`(
        target: String, emulator: String, order: String
    ) async throws {
        let (_, products) = try await BuiltProject.shared.get()
        let slave = try #require(products.slaves.first { $0.target == target })
        let text = try output(of: [emulator, slave.slave, "--identify"])
        let facts = Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "=", maxSplits: 1)
                return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
            })
        #expect(facts["application"] == "Sums")
        #expect(facts["endianness"] == order)
        #expect(facts["build"] == slave.bundle.identity.build)
        #expect(facts["interface"] == slave.bundle.identity.interface.description)
    }

    @Test func `a bundle holds the stripped slave under the digest of its manifest`() async throws {
        let (_, products) = try await BuiltProject.shared.get()
        for slave in products.slaves {
            let bundle = try Bundle.read(slave.bundle.path)
            #expect(bundle == slave.bundle)
            #expect(bundle.files.map(\.path) == ["slave"])
            #expect(bundle.identity.target == slave.target)
        }
    }

    @Test func `the unstripped ELF is kept under the build-id, and is the same program`()
        async throws
    {
        let (project, products) = try await BuiltProject.shared.get()
        for slave in products.slaves {
            let whole = try ElfFile([UInt8](Data(contentsOf: URL(filePath: slave.debugFile))))
            let small = try ElfFile([UInt8](Data(contentsOf: URL(filePath: slave.slave))))
            #expect(try whole.buildId() == slave.buildId)
            #expect(try small.buildId() == slave.buildId)
            #expect(slave.debugFile.hasSuffix("/\(slave.target)/debug/\(slave.buildId).elf"))
            let text = try Data(contentsOf: URL(filePath: slave.debugFile))
            #expect(text.range(of: Data("sums/worker".utf8)) != nil)
            #expect(text.range(of: Data(project.directory.utf8)) == nil)
        }
    }

    @Test func `a second build runs no step`() async throws {
        let (project, first) = try await BuiltProject.shared.get()
        let (second, ran) = try await project.run()
        #expect(ran == [])
        #expect(second.slaves == first.slaves)
    }

    @Test func `another directory gives the same bytes`() async throws {
        let (_, first) = try await BuiltProject.shared.get()
        let other = try Project()
        let (second, _) = try await other.run()
        for (left, right) in zip(first.slaves, second.slaves) {
            #expect(left.buildId == right.buildId)
            #expect(left.bundle.digest == right.bundle.digest)
            let bytes = try [left, right].map {
                try Data(contentsOf: URL(filePath: $0.bundle.path))
            }
            #expect(bytes[0] == bytes[1])
        }
    }

    /// The header is the interface's for whoever asks for it in quotes, and the system's for all else.
    @Test(arguments: ["time", "marionette", "9lives"])
    func `an interface may be called like a header of the system or of the runtime`(
        stem: String
    ) async throws {
        let project = try Project()
        try project.write(Project.interface, to: "\(stem).x")
        let worker = try #require(Project.files["worker/add.c"])
        try project.write(
            worker.replacing("\"sums.h\"", with: "\"\(stem).h\"\n#include <time.h>")
                .replacing("*result = ", with: "*result = time(NULL) < 0 ? 1 : "),
            to: "worker/add.c")
        var build = try project.build(targets: ["x86_64-linux-musl"])
        build.manifest.application?.interface = "\(stem).x"
        var printed = ""
        let products = try? await build.run(onEvent: { event in
            if case .finished(_, .failed(let output, _)) = event { printed += output }
        })
        let slave = try #require(products?.slaves.first, "\(printed)")
        #expect(try output(of: [slave.slave, "--identify"]).contains("application=Sums\n"))
    }

    /// A header of another name may stand in angle brackets, as before.
    @Test func `a worker finds its header in angle brackets too`() async throws {
        let project = try Project()
        let worker = try #require(Project.files["worker/add.c"])
        try project.write(worker.replacing("\"sums.h\"", with: "<sums.h>"), to: "worker/add.c")
        let (products, _) = try await project.run(targets: ["x86_64-linux-musl"])
        #expect(products.slaves.count == 1)
    }

    @Test func `a changed header rebuilds exactly what reads it`() async throws {
        let project = try Project()
        _ = try await project.run(targets: ["x86_64-linux-musl"])
        try project.write("#define SUM_BIAS 1\nint sum(int left, int right);\n", to: "worker/sum.h")
        let (_, ran) = try await project.run(targets: ["x86_64-linux-musl"])
        #expect(
            ran.sorted() == [
                "x86_64: compile build_identity.c", "x86_64: compile worker/add.c",
                "x86_64: compile worker/sum.c", "x86_64: identify the build", "x86_64: link",
                "x86_64: pack", "x86_64: strip",
            ])
        // A comment that changes no line's number changes no object that has no line of it.
        try project.write(Project.interface + "/* end */\n", to: "sums.x")
        #expect(
            try await project.run(targets: ["x86_64-linux-musl"]).ran == ["stubs: generate sums.h"])
    }

    @Test func `a changed interface that is included rebuilds what depends on it`() async throws {
        let project = try Project()
        let pair = "struct Pair { int left; int right; };\n"
        try project.write(
            Project.interface.replacing(pair, with: "#include \"parts/pair.x\"\n"), to: "sums.x")
        try project.write("#include \"side.x\"\n" + pair, to: "parts/pair.x")
        try project.write("const SIDE = 1;\n", to: "parts/side.x")
        let (first, _) = try await project.run(targets: ["x86_64-linux-musl"])
        #expect(try await project.run(targets: ["x86_64-linux-musl"]).ran == [])
        try project.write("const SIDE = 2;\n", to: "parts/side.x")
        let (second, ran) = try await project.run(targets: ["x86_64-linux-musl"])
        #expect(ran.contains("stubs: generate sums.h"))
        #expect(ran.contains("x86_64: compile worker/add.c"))
        #expect(!ran.contains("x86_64: compile worker/sum.c"))
        // A constant is no part of what crosses; a field is.
        func interface(_ products: ApplicationProducts) -> [String] {
            products.slaves.map { $0.bundle.identity.interface.description }
        }
        #expect(interface(first) == interface(second))
        try project.write("struct Pair { int left; int right; int third; };\n", to: "parts/pair.x")
        let (third, _) = try await project.run(targets: ["x86_64-linux-musl"])
        #expect(interface(third) != interface(second))
    }

    @Test func `an error of the compiler is told whole, and nothing is packed`() async throws {
        let project = try Project()
        try project.write("int other(void) { return x; }\n", to: "worker/other.c")
        var printed = ""
        let build = try project.build(targets: ["x86_64-linux-musl"])
        let error = await #expect(throws: SlaveBuildError.self) {
            try await build.run(onEvent: { event in
                if case .finished(_, .failed(let output, _)) = event { printed += output }
            })
        }
        #expect(printed.contains("other.c:1:26: error: use of undeclared identifier 'x'"))
        #expect(error?.exitCode == .failed)
        #expect(!FileManager.default.fileExists(atPath: build.paths.bundle("x86_64-linux-musl")))
    }

    @Test func `an error in the interface is told with its place`() async throws {
        let project = try Project()
        try project.write("struct Pair { innt left; };\n", to: "sums.x")
        var printed = ""
        let build = try project.build(targets: ["x86_64-linux-musl"])
        _ = try? await build.run(onEvent: { event in
            if case .finished(_, .failed(let output, _)) = event { printed += output }
        })
        #expect(printed.hasPrefix("sums.x:1:15: error: "))
    }

    @Test func `bundles come as they are ready, up to date or not`() async throws {
        let (project, products) = try await BuiltProject.shared.get()
        var ready: [String] = []
        _ = try await project.build(targets: Project.targets).run(onBundle: {
            ready.append($0.bundle.digest.description)
        })
        #expect(ready.sorted() == products.slaves.map(\.bundle.digest.description).sorted())
    }

    @Test func `SwiftPM builds the master, and it is told whether anything was compiled`()
        async throws
    {
        let project = try Project()
        try project.write(
            """
            // swift-tools-version: 6.0
            import PackageDescription
            let package = Package(name: "sums", targets: [.executableTarget(name: "sums")])
            """, to: "Package.swift")
        try project.write("print(\"three\")\n", to: "Sources/sums/main.swift")
        var build = try project.build(targets: [])
        build.buildsMaster = true
        var compiled: [Bool] = []
        for _ in 1...2 {
            let products = try await build.run(onEvent: { event in
                if let answer = event.masterWasCompiled { compiled.append(answer) }
            })
            let master = try #require(products.master)
            #expect(try output(of: [master]) == "three\n")
            // Where the toolchain has libraries to link, none of Swift's is loaded.
            let hasLibraries = try #require(SwiftToolchain.find()).hasStaticLibraries
            #expect(try output(of: ["ldd", master]).contains("libswiftCore") == !hasLibraries)
        }
        #expect(compiled == [true, false])

        try project.write("print(three)\n", to: "Sources/sums/main.swift")
        var printed = ""
        await #expect(throws: SlaveBuildError.self) {
            try await build.run(onEvent: { event in
                if case .finished(_, .failed(let output, _)) = event { printed += output }
            })
        }
        #expect(printed.contains("main.swift:1:7: error: cannot find 'three' in scope"))
    }

    @Test func `a build leaves nothing in the temporary directory but SwiftPM's locks`()
        async throws
    {
        let project = try Project()
        try project.write(
            """
            // swift-tools-version: 6.0
            import PackageDescription
            let package = Package(name: "sums", targets: [.executableTarget(name: "sums")])
            """, to: "Package.swift")
        try project.write("print(\"three\")\n", to: "Sources/sums/main.swift")
        var build = try project.build(targets: [])
        build.buildsMaster = true
        build.temporaryDirectory = project.path("temporary")
        try FileManager.default.createDirectory(
            atPath: build.temporaryDirectory, withIntermediateDirectories: true)
        _ = try await build.run()
        let left = try FileManager.default.contentsOfDirectory(atPath: build.temporaryDirectory)
        #expect(left.filter { !$0.hasSuffix(".lock") } == [])
        // A build by hand waits for ours: they meet at the same lock.
        #expect(left.contains { $0.hasSuffix("_.build.lock") }, "\(left)")
    }

    @Test func `a directory without a Swift package is told`() async throws {
        let project = try Project()
        var build = try project.build(targets: [])
        build.buildsMaster = true
        let error = await #expect(throws: SlaveBuildError.self) { try await build.run() }
        #expect(
            error?.diagnostic.rendered == """
                error: no Package.swift in '\(project.directory)'
                  help: the master is an executable product of a Swift package beside the manifest
                """)
    }
}
