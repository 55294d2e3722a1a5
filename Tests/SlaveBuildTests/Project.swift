import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import SlaveBuild

/// An application with one operation in a directory of its own.
final class Project: Sendable {
    let directory: String

    static let interface = """
        struct Pair { int left; int right; };

        application Sums {
            worker pure int add(Pair);
        } = 0x20000042;

        """

    static let files = [
        "sums.x": interface,
        "worker/add.c": """
        #include "sum.h"
        #include "sums.h"

        bool sums_add(struct mrn_call *call, const Pair *pair, int32_t *result)
        {
            if (pair->left < 0)
                return mrn_fail(call, "%d is negative", pair->left);
            *result = sum(pair->left, pair->right);
            return true;
        }

        """,
        "worker/sum.c": """
        #include "sum.h"

        int sum(int left, int right) { return left + right + SUM_BIAS; }

        """,
        "worker/other.c": "int other(void) { return 1; }\n",
        "worker/sum.h": "#define SUM_BIAS 0\nint sum(int left, int right);\n",
    ]

    /// - Parameter directory: nil: one of its own.
    init(directory: String? = nil) throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "marionette-project-\(UUID().uuidString)")
        self.directory = directory ?? url.path
        for (name, text) in Self.files { try write(text, to: name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    var manifest: Manifest {
        manifest(
            Manifest.Worker(
                code: Code(sources: ["worker/add.c", "worker/other.c", "worker/sum.c"])))
    }

    func manifest(_ worker: Manifest.Worker, interface: String = "sums.x") -> Manifest {
        Manifest(
            directory: directory, name: "sums",
            application: Manifest.Application(
                interface: interface, masterProduct: "sums", worker: worker),
            hosts: [])
    }

    func build(targets: [String]) throws -> ApplicationBuild {
        let checkout = try Checkout.shared.get()
        let data = try checkout.install(at: path("installation"))
        let catalog = try TargetCatalog.load(data: data)
        let zig = try #require(checkout.zig, "no zig: 'make setup' installs it")
        var build = ApplicationBuild(
            manifest: manifest, targets: try targets.map { try catalog.target(named: $0) },
            toolchains: [.zig: zig], data: data)
        build.buildsMaster = false
        return build
    }

    /// Builds, and tells which steps ran, as `group: name`.
    func run(
        targets: [String] = Project.targets
    ) async throws -> (products: ApplicationProducts, ran: [String]) {
        var printed = ""
        let build = try build(targets: targets)
        let products: ApplicationProducts
        do {
            products = try await build.run(onEvent: { event in
                if case .finished(_, .failed(let output, _)) = event { printed += output }
            })
        } catch {
            Issue.record("\(error.diagnostic.rendered)\n\(printed)")
            throw error
        }
        return (products, products.summary.ran.map { "\($0.step.group): \($0.step.name)" })
    }

    /// The machine of these tests, and one that differs from it in the order of bytes.
    static let targets = ["x86_64-linux-musl", "s390x-linux-musl"]
}

extension ApplicationBuild {
    /// A build whose targets have one toolchain for each kind.
    init(
        manifest: Manifest, targets: [Target], toolchains: [Toolchain.Kind: Toolchain],
        data: DataDirectory
    ) {
        let named = targets.compactMap { target in
            toolchains[target.toolchain].map { (target.name, $0) }
        }
        self.init(
            manifest: manifest, targets: targets,
            toolchains: Dictionary(uniqueKeysWithValues: named), data: data)
    }
}

/// The targets and the slave's sources as they were when the tests began, so that whoever edits
/// them meanwhile changes no test. Each project has its own copy: where they lie must not matter
/// either.
struct Checkout: Sendable {
    let zig: Toolchain?
    private let files: [String: Data]

    static let shared = Result { try Checkout() }

    private init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        zig = ToolchainSearch(data: try #require(DataDirectory(path: root))).findZig()
        var files: [String: Data] = [:]
        let modules = ["CSlave"] + SwiftRuntime.modules
        let folders = modules.map { ("Sources/\($0)", "package/Sources/\($0)") }
        for (from, to) in [("Targets", "Targets")] + folders {
            let directory = URL(fileURLWithPath: "\(root)/\(from)").resolvingSymlinksInPath().path
            for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
                files["\(to)/\(name)"] = FileManager.default.contents(
                    atPath: "\(directory)/\(name)")
            }
        }
        self.files = files
    }

    func install(at path: String) throws -> DataDirectory {
        if let data = DataDirectory(path: path) { return data }
        for (name, content) in files {
            let url = URL(fileURLWithPath: "\(path)/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try content.write(to: url)
        }
        return try #require(DataDirectory(path: path))
    }
}

/// One project that is built once for all tests that only look at it.
actor BuiltProject {
    static let shared = BuiltProject()

    private var build: Task<(Project, ApplicationProducts), any Error>?

    func get() async throws -> (Project, ApplicationProducts) {
        if let build { return try await build.value }
        let task = Task {
            let project = try Project()
            return (project, try await project.run().products)
        }
        build = task
        return try await task.value
    }
}

/// Runs a program to its end and returns what it printed on standard output.
func output(of command: [String]) throws -> String {
    // A child of another test may for a moment have open for writing what was just linked.
    for _ in 0..<3_000 {
        let process = try TestProcess.run(["/usr/bin/env"] + command)
        if process.status == 0 { return process.output }
        try #require(process.status == 126, "\(process.told)")
        usleep(100_000)
    }
    throw CocoaError(.fileWriteFileExists)
}
