import Foundation
import Synchronization
import TestKit

/// Programs that the proof runs.
enum Tools {
    /// Runs a program to its end, with its streams in files; throws with what it printed as errors.
    @discardableResult
    static func run(
        _ command: [String], input: Data = Data(), environment: [String: String] = [:],
        within seconds: Double = 600
    ) throws -> Data {
        let directory = try TemporaryDirectory("proof-run")
        let paths = ["in", "out"].map { "\(directory.path)/\($0)" }
        try input.write(to: URL(fileURLWithPath: paths[0]))
        let process = try TestProcess.run(
            ["sh", "-c", "in=$1 out=$2; shift 2; exec \"$@\" <\"$in\" >\"$out\"", "sh"] + paths
                + command, environment: environment, within: seconds)
        guard process.status == 0 else {
            throw TestProcess.Failure(
                description: "\(command.joined(separator: " ").prefix(300)): "
                    + "\(process.ending.map { "\($0)" } ?? "")\n\(process.errors.suffix(6000))")
        }
        return try Data(contentsOf: URL(fileURLWithPath: paths[1]))
    }

    /// The first executable of this name on PATH.
    static func executable(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The zig binary: of the environment, on PATH, or of the project's own tools.
    static let zig: String? = {
        if let named = ProcessInfo.processInfo.environment["MARIONETTE_ZIG"] { return named }
        if let found = executable("zig") { return found }
        let tools = "\(Checkout.root)/.tools/venv/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: tools)) ?? []
        return versions.map { "\(tools)/\($0)/site-packages/ziglang/zig" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// zig builds the C library of a target once, into a cache that all projects share.
    static let zigEnvironment: [String: String] = {
        let variables = ProcessInfo.processInfo.environment
        let caches = variables["XDG_CACHE_HOME"] ?? "\(NSHomeDirectory())/.cache"
        let cache = variables["ZIG_GLOBAL_CACHE_DIR"] ?? "\(caches)/marionette/zig"
        return ["ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache]
    }()

    /// Where the build of the tests put its modules and objects.
    static let products = URL(fileURLWithPath: Checkout.marionette)
        .deletingLastPathComponent().path

    /// Where the compiler finds the modules that are maps of C headers.
    static let moduleMaps: [String] = {
        let sources = "\(Checkout.root)/Sources"
        let modules = (try? FileManager.default.contentsOfDirectory(atPath: sources)) ?? []
        return modules.sorted().flatMap { module in
            ["", "/include"].map { "\(sources)/\(module)\($0)" }
        }.filter { FileManager.default.fileExists(atPath: "\($0)/module.modulemap") }
            .flatMap { ["-I", $0] }
    }()

    /// As many at once as there are cores.
    static func inParallel<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ body: @Sendable (Item) -> Result
    ) -> [Result] {
        let results = Mutex([Result?](repeating: nil, count: items.count))
        DispatchQueue.concurrentPerform(iterations: items.count) { index in
            let result = body(items[index])
            results.withLock { $0[index] = result }
        }
        return results.withLock { $0.compactMap(\.self) }
    }

    /// The same in steps that may fail: the first failure is thrown when all have ended.
    static func tryInParallel<Item: Sendable>(
        _ items: [Item], _ body: @Sendable (Item) throws -> Void
    ) throws {
        let outcomes = inParallel(items) { item in Result { try body(item) } }
        for outcome in outcomes { try outcome.get() }
    }
}
