import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import SlaveBuild

/// An application whose worker is in Swift, in a directory of its own.
final class SwiftProject: Sendable {
    let directory: String

    static let files = [
        "means.x": """
        struct Sample { float values<>; hyper weight; };

        application Means {
            worker pure double mean(Sample);
        } = 0x20000043;

        """,
        "worker/MeansWorker.swift": """
        import CLibrary
        import MarionetteWorker

        struct MeansWorker: MeansOperations {
            func mean(_ sample: Sample) throws(OperationFailure) -> Double {
                guard !sample.values.isEmpty else { throw OperationFailure("no values") }
                return total(sample.values) / Double(sample.weight) + floor(0.5)
            }
        }

        """,
        "worker/total.swift": """
        func total(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } }

        """,
    ]

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "marionette-swift-\(UUID().uuidString)")
        directory = url.path
        for (name, text) in Self.files { try write(text, to: name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: "\(directory)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    func build(
        targets: [String], change: (inout Target) -> Void = { _ in }
    ) throws -> ApplicationBuild {
        let checkout = try Checkout.shared.get()
        let data = try checkout.install(at: "\(directory)/installation")
        let catalog = try TargetCatalog.load(data: data)
        let zig = try #require(checkout.zig, "no zig: 'make setup' installs it")
        let manifest = Manifest(
            directory: directory, name: "means",
            application: Manifest.Application(
                interface: "means.x", masterProduct: "means",
                worker: Manifest.Worker(
                    language: .swift,
                    code: Code(sources: ["worker/MeansWorker.swift", "worker/total.swift"]))),
            hosts: [])
        let changed = try targets.map { name in
            var target = try catalog.target(named: name)
            change(&target)
            return target
        }
        var build = ApplicationBuild(
            manifest: manifest, targets: changed, toolchains: [.zig: zig], data: data)
        build.swift = SwiftToolchain.find()
        build.buildsMaster = false
        return build
    }

    /// What a build did, and what its failed steps printed.
    func run(
        _ build: ApplicationBuild
    ) async -> (products: ApplicationProducts?, ran: [String], printed: String) {
        var printed = ""
        let products = try? await build.run(onEvent: { event in
            if case .finished(_, .failed(let output, _)) = event { printed += output }
        })
        let ran = products?.summary.ran.map { "\($0.step.group): \($0.step.name)" } ?? []
        return (products, ran, printed)
    }
}

@Suite(.serialized) struct SwiftWorkerTests {
    static let targets = [
        ("x86_64-linux-musl", "qemu-x86_64-static", "64"),
        ("x86-linux-musl", "qemu-i386-static", "32"),
        ("aarch64-linux-musl", "qemu-aarch64-static", "64"),
        ("arm-linux-musleabihf", "qemu-arm-static", "32"),
        ("riscv64-linux-musl", "qemu-riscv64-static", "64"),
    ]

    @Test(arguments: some(2, of: targets))
    func `a slave with a worker in Swift starts: it agrees with C how values are passed`(
        target: String, emulator: String, bits: String
    ) async throws {
        let project = try SwiftProject()
        let built = await project.run(try project.build(targets: [target]))
        let slave = try #require(built.products?.slaves.first, "\(built.printed)")
        let text = try output(of: [emulator, slave.slave, "--identify"])
        #expect(text.contains("application=Means\n"))
        #expect(text.contains("word-bits=\(bits)\n"))
        #expect(text.contains("build=\(slave.bundle.identity.build)\n"))
        // Stripped: Unicode's tables, which nothing here needs, are most of the rest.
        #expect(slave.bundle.size < 300_000)
    }

    @Test func `built without hard floats for 32-bit ARM, it refuses to start and says why`()
        async throws
    {
        let project = try SwiftProject()
        let build = try project.build(targets: ["arm-linux-musleabihf"]) { $0.swift?.flags = [] }
        let built = await project.run(build)
        let slave = try #require(built.products?.slaves.first, "\(built.printed)")
        let process = try TestProcess.run(["qemu-arm-static", slave.slave, "--identify"])
        #expect(process.status == 70)
        #expect(
            process.errors
                == "slave: Swift and C of this slave pass values differently (float, double): it was "
                + "built with wrong flags for this target, and does not start\n")
    }

    @Test func `a second build runs no step, a changed source compiles the worker's module`()
        async throws
    {
        let project = try SwiftProject()
        let targets = ["x86_64-linux-musl"]
        #expect(await project.run(try project.build(targets: targets)).products != nil)
        #expect(await project.run(try project.build(targets: targets)).ran == [])
        try project.write(
            "func total(_ values: [Float]) -> Double { Double(values.count) }\n",
            to: "worker/total.swift")
        #expect(
            await project.run(try project.build(targets: targets)).ran.sorted() == [
                "x86_64: compile build_identity.c", "x86_64: compile the worker",
                "x86_64: identify the build", "x86_64: link", "x86_64: pack", "x86_64: strip",
            ])
    }

    @Test func `another directory gives the same bytes, and no path of this machine is in Swift's`()
        async throws
    {
        let (one, other) = (try SwiftProject(), try SwiftProject())
        let left = await one.run(try one.build(targets: ["x86_64-linux-musl"]))
        let right = await other.run(try other.build(targets: ["x86_64-linux-musl"]))
        let slaves = try [left, right].map {
            try #require($0.products?.slaves.first, "\($0.printed)")
        }
        #expect(slaves[0].buildId == slaves[1].buildId)
        #expect(slaves[0].bundle.digest == slaves[1].bundle.digest)
        let whole = try Data(contentsOf: URL(filePath: slaves[0].debugFile))
        #expect(whole.range(of: Data("total.swift\0".utf8)) != nil)
        #expect(whole.range(of: Data("/marionette/means".utf8)) != nil)
        #expect(whole.range(of: Data(one.directory.utf8)) == nil)
    }

    @Test func `an error of swiftc is told whole`() async throws {
        let project = try SwiftProject()
        try project.write("let wrong: Int = \"text\"\n", to: "worker/total.swift")
        let built = await project.run(try project.build(targets: ["x86_64-linux-musl"]))
        #expect(built.products == nil)
        #expect(
            built.printed.contains(
                "worker/total.swift:1:18: error: cannot convert value of type 'String' to specified"
                    + " type 'Int'"))
        #expect(built.printed.contains("cannot find 'total' in scope"))
    }

    @Test func `a worker that lacks an operation is told by swiftc`() async throws {
        let project = try SwiftProject()
        try project.write(
            "import MarionetteWorker\n\nstruct MeansWorker: MeansOperations {}\n",
            to: "worker/MeansWorker.swift")
        let built = await project.run(try project.build(targets: ["x86_64-linux-musl"]))
        #expect(
            built.printed.contains(
                "error: type 'MeansWorker' does not conform to protocol 'MeansOperations'"))
    }
}

@Test func `members of an archive are found, and those of RISC-V are marked as hard-float`() {
    func member(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        let header =
            name.padding(toLength: 48, withPad: " ", startingAt: 0)
            + "\(bytes.count)".padding(toLength: 10, withPad: " ", startingAt: 0) + "`\n"
        return Array(header.utf8) + bytes + (bytes.count % 2 == 1 ? [0x0a] : [])
    }
    func elf(machine: UInt8, is64: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, 1]
        bytes += Array(repeating: 0, count: is64 ? 59 : 46)
        bytes[18] = machine
        bytes[is64 ? 48 : 36] = 1
        return bytes
    }
    let magic = Array("!<arch>\n".utf8)
    var archive = ObjectArchive(
        magic + member("odd", [1, 2, 3]) + member("x86", elf(machine: 62))
            + member("riscv", elf(machine: 243))
            + member("riscv32", elf(machine: 243, is64: false)))
    #expect(archive.members.map(\.count) == [3, 65, 65, 52])
    let before = archive.bytes
    archive.markHardFloats()
    let changed = before.indices.filter { before[$0] != archive.bytes[$0] }
    #expect(
        changed == [archive.members[2].lowerBound + 48, archive.members[3].lowerBound + 36])
    #expect(changed.allSatisfy { archive.bytes[$0] == 5 })
    for length in 0..<before.count {
        var cut = ObjectArchive(Array(before[..<length]))
        cut.markHardFloats()
        #expect(cut.bytes.count == length)
    }
}
