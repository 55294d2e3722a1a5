import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import SlaveBuild

/// A project, packages of this machine, and toolchains whose SwiftPM does nothing but plan where there is
/// no plan.
final class MasterWorkshop {
    private let base: TemporaryDirectory
    var environment: [String: String]
    /// What SwiftPM's build engine is told to read; nil: as it should be.
    var records: String?
    let packages: [String]
    /// Of the last build's steps.
    private(set) var reasons: [String] = []
    /// Whether SwiftPM did not plan anew in the last build.
    private(set) var keptPlan = false

    static let toolchains = ["toolchain0", "toolchain1"]

    /// Machine code, as that of a toolchain is. It copies the records that it is given where none are.
    private static let program = Result { () -> (directory: TemporaryDirectory, path: String) in
        let directory = try TemporaryDirectory("swiftpm")
        let source = try directory.write(
            """
            #include <fcntl.h>
            #include <stdlib.h>
            #include <unistd.h>
            int main(void)
            {
                static char bytes[1 << 16];
                int from = open(getenv("MARIONETTE_TEST_RECORDS"), O_RDONLY);
                ssize_t size = read(from, bytes, sizeof bytes);
                int to = open(getenv("MARIONETTE_TEST_PLAN"), O_WRONLY | O_CREAT | O_EXCL, 0600);
                return to >= 0 && write(to, bytes, (size_t)size) != size;
            }
            """, to: "swiftpm.c")
        let path = "\(directory.path)/swiftpm"
        let compiling = try TestProcess(["cc", "-O1", "-o", path, source])
        #expect(try compiling.waitForEnd() == .exited(0), "\(compiling.told)")
        return (directory, path)
    }

    init(packages count: Int) throws {
        base = try TemporaryDirectory("master")
        packages = (0..<count).map { "package\($0)" }
        environment = try Self.environment("\(base.path)/toolchain0")
        environment["PKG_CONFIG_PATH"] = "\(base.path)/pkgconfig"
        let program = try Self.program.get().path
        for toolchain in Self.toolchains {
            try FileManager.default.createDirectory(
                atPath: path(toolchain), withIntermediateDirectories: true)
            // A copy by this process would be open for writing while another test starts one.
            let script =
                "for name in swift-driver swift-frontend swift-package clang;"
                + " do cp \"$1\" \"$2/$name\"; done"
            let copying = try TestProcess(["sh", "-c", script, "sh", program, path(toolchain)])
            #expect(try copying.waitForEnd() == .exited(0), "\(copying.told)")
            for (link, name) in [("swift", "swift-driver"), ("swift-build", "swift-package")] {
                try FileManager.default.createSymbolicLink(
                    atPath: path("\(toolchain)/\(link)"), withDestinationPath: name)
            }
        }
        try write("1\n", to: "outside/header.h")
        try write("Requires: other >= 2\n", to: "pkgconfig/thing.pc")
        try write("program\n", to: "scratch/release/p")
        for (number, name) in (["project"] + packages).enumerated() {
            let next = number < count ? ".package(path: \"../package\(number)\")" : ""
            try write(Self.manifest(number == 0 ? "p" : name, next), to: "\(name)/Package.swift")
            try write("// \(name)\n", to: "\(name)/Sources/p/main.swift")
            try write("// \(name)\n", to: "\(name)/Sources/p/deep/er/more.swift")
            try write("int a;\n", to: "\(name)/Sources/C/include/a.h")
            try write("// x\n", to: "\(name)/\(name).x")
            try write("int main;\n", to: "\(name)/worker/w.c")
            try write("x\n", to: "\(name)/other/a/x.swift")
            try write("x\n", to: "\(name)/other/b/x.swift")
            try FileManager.default.createSymbolicLink(
                atPath: path("\(name)/Sources/p/linked"), withDestinationPath: "../../other/a")
            // A directory that leads back to itself.
            try FileManager.default.createSymbolicLink(
                atPath: path("\(name)/Sources/p/loop"), withDestinationPath: ".")
        }
        try write("", to: "stub")
    }

    static func environment(_ toolchain: String) throws -> [String: String] {
        ["PATH": "\(toolchain):/usr/bin:/bin", "HOME": "/nowhere", "TERM": "xterm"]
    }

    private static func manifest(_ name: String, _ dependencies: String) -> String {
        """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "\(name)",
            dependencies: [\(dependencies)],
            targets: [
                .systemLibrary(name: "C", pkgConfig: "thing"),
                .executableTarget(
                    name: "p",
                    plugins: [.plugin(name: "MarionetteInterface", package: "marionette")])
            ]
        )
        """
    }

    func path(_ name: String) -> String { "\(base.path)/\(name)" }

    func text(of name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    func write(_ text: String, to name: String) throws { try base.write(text, to: name) }

    /// The regular files below a directory, sorted.
    func files(in name: String) -> [String] {
        let content = FileManager.default.enumerator(atPath: path(name))
        let names = content?.compactMap { $0 as? String } ?? []
        return names.sorted().map { "\(name)/\($0)" }.filter {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path($0))
            return attributes?[.type] as? FileAttributeType == .typeRegular
        }
    }

    private func time(of name: String) -> [Int]? {
        var status = stat()
        guard stat(path(name), &status) == 0 else { return nil }
        return [Int(status.st_ino), status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    /// Builds the master, and tells whether SwiftPM was started.
    func starts() async throws -> Bool {
        let inputs = ["\(path("project"))/Package.swift", path("outside/header.h"), "<virtual>"]
        let list = inputs.map { "\"\($0)\"" }.joined(separator: ",")
        try write(records ?? "targets:\n    inputs: [\(list)]\n", to: "records")
        if records != nil { try write(records ?? "", to: "scratch/release.yaml") }
        let plan = time(of: "scratch/release.yaml")
        environment["MARIONETTE_TEST_RECORDS"] = path("records")
        environment["MARIONETTE_TEST_PLAN"] = path("scratch/release.yaml")
        let scratch = MasterScratch(place: .shared, path: path("scratch"))
        let master = MasterStep(
            paths: BuildPaths(directory: path("project")), product: "p",
            environment: environment, scratch: scratch)
        let build = Build(
            graph: try Graph(steps: master.steps(after: path("stub"))), log: path("log"),
            executor: MasterExecutor(
                scratch: scratch, temporaryDirectory: base.path, onWait: { _ in },
                environment: master.environment, inputs: master.inputs))
        let summary = try await build.run()
        #expect(summary.isComplete, "\(summary.failures)")
        reasons = summary.ran.map { "\($0.step.name): \($0.reason.text())" }
        keptPlan = time(of: "scratch/release.yaml") == plan
        return summary.ran.contains { $0.step.isSwiftPM }
    }
}

/// What somebody may do between two builds.
enum MasterEdit: CaseIterable {
    case change, add, addDeep, remove, rename, changeInterface, addInterface, changeManifest, relink
    case changeHeader, changeLibrary, addLibrary, resolve
    case replaceToolchain, switchToolchain, setCompiler, spoilProgram, removeProgram
    case touch, changeWorker, addHidden, addData, switchTerminal

    var matters: Bool {
        switch self {
        case .touch, .changeWorker, .addHidden, .addData, .switchTerminal: false
        default: true
        }
    }

    func make(in shop: MasterWorkshop, _ random: inout SeededNumbers) throws {
        let number = random.within(0...999_999)
        let package = (["project"] + shop.packages)[random.below(shop.packages.count + 1)]
        // A hidden file, of an earlier edit, is none of the package's.
        let sources = shop.files(in: "\(package)/Sources").filter { !$0.contains("/.") }
        let source = sources[random.below(sources.count)]
        let files = FileManager.default
        switch self {
        case .change: try shop.write("// \(number)\n", to: source)
        case .add: try shop.write("// new\n", to: "\(package)/Sources/p/\(number).swift")
        case .addDeep: try shop.write("", to: "\(package)/Sources/\(number)/a b/\(number).c")
        case .remove:
            try shop.write("", to: "\(package)/Sources/p/kept.swift")
            try files.removeItem(atPath: shop.path(source))
            // One of them at least is another one than before.
            try shop.write("", to: "\(package)/Sources/p/kept\(number).swift")
        case .rename:
            try files.moveItem(
                atPath: shop.path(source), toPath: shop.path("\(package)/Sources/\(number).swift"))
        case .changeInterface: try shop.write("// \(number)\n", to: "\(package)/\(package).x")
        case .addInterface: try shop.write("", to: "\(package)/include/\(number).x")
        case .changeManifest:
            let text = try shop.text(of: "\(package)/Package.swift")
            try shop.write("\(text)// \(number)\n", to: "\(package)/Package.swift")
        case .relink:
            let link = shop.path("\(package)/Sources/p/linked")
            try shop.write("// \(number)\n", to: "\(package)/other/\(number)/x.swift")
            try files.removeItem(atPath: link)
            try files.createSymbolicLink(
                atPath: link, withDestinationPath: "../../other/\(number)")
        case .changeHeader: try shop.write("\(number)\n", to: "outside/header.h")
        case .changeLibrary: try shop.write("# \(number)\n", to: "pkgconfig/thing.pc")
        case .addLibrary:
            try shop.write("Requires: other\(number)\n", to: "pkgconfig/thing.pc")
        case .resolve: try shop.write("{ \"\(number)\": 1 }\n", to: "project/Package.resolved")
        case .replaceToolchain:
            for toolchain in MasterWorkshop.toolchains {
                let program = shop.path("\(toolchain)/swift-frontend")
                try files.moveItem(atPath: program, toPath: "\(program).old")
                try files.copyItem(atPath: "\(program).old", toPath: program)
                try files.removeItem(atPath: "\(program).old")
            }
        case .switchToolchain:
            let path = shop.environment["PATH"] ?? ""
            shop.environment["PATH"] =
                path.contains("toolchain0")
                ? path.replacing("toolchain0", with: "toolchain1")
                : path.replacing("toolchain1", with: "toolchain0")
        case .setCompiler: shop.environment["CPATH"] = "/\(number)"
        case .spoilProgram:
            try shop.write("\(number)\n", to: "project/.marionette/build/master/p")
            try shop.write("program \(number)\n", to: "scratch/release/p")
        case .removeProgram:
            try files.removeItem(atPath: shop.path("project/.marionette/build/master/p"))
        case .touch:
            let text = try shop.text(of: source)
            try shop.write(text, to: source)
        case .changeWorker: try shop.write("// \(number)\n", to: "\(package)/worker/w.c")
        case .addHidden: try shop.write("", to: "\(package)/Sources/p/.\(number).swift")
        case .addData: try shop.write("", to: "\(package)/out/\(number).png")
        case .switchTerminal: shop.environment["TERM"] = "xterm-\(number)"
        }
    }
}
