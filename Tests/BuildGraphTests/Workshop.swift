import Foundation
import Synchronization

@testable import BuildGraph

/// A directory with a log, and steps that note when they run.
final class Workshop: Sendable {
    let directory: String
    private let notes = Mutex<[String]>([])

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "marionette-graph-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        directory = url.resolvingSymlinksInPath().path
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var log: String { path("log") }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    func read(_ name: String) -> String? {
        try? String(contentsOfFile: path(name), encoding: .utf8)
    }

    /// Names of the steps that ran since this was asked last.
    func takeNotes() -> [String] {
        notes.withLock { notes in
            defer { notes = [] }
            return notes
        }
    }

    /// A function that joins its inputs into its first output.
    func join(
        _ output: String, _ inputs: [String], signature: String = "1",
        transform: @escaping @Sendable (String) -> String = { $0 }
    ) -> Step {
        let (from, to) = (inputs.map(path), path(output))
        let body: @Sendable () throws -> [String] = { [self] in
            notes.withLock { $0.append(output) }
            let texts = try from.map { try String(contentsOfFile: $0, encoding: .utf8) }
            try writeAtomically(
                transform(texts.joined(separator: "+") + signature).utf8, to: to)
            return []
        }
        return Step(
            name: output, inputs: from, outputs: [to],
            action: .function(Step.Function(signature: signature, body: body)))
    }

    /// A shell command; `$1` is the output.
    func shell(
        _ script: String, _ output: String, _ inputs: [String] = [], depfile: String? = nil,
        environment: [String: String] = [:], tool: String = "sh 1"
    ) -> Step {
        Step(
            name: output, inputs: inputs.map(path), outputs: [path(output)],
            depfile: depfile.map(path),
            action: .command(
                Step.Command(
                    arguments: ["sh", "-c", script, "sh", path(output)], environment: environment,
                    directory: directory, tool: tool)))
    }

    @discardableResult
    func build(
        _ steps: [Step], executor: any StepExecutor = LocalExecutor(), jobs: Int = 2,
        keepsGoing: Bool = false
    ) async throws -> BuildSummary {
        try await Build(
            graph: Graph(steps: steps), log: log, executor: executor, jobs: jobs,
            keepsGoing: keepsGoing
        ).run()
    }

    /// Why each step ran, as `--explain` tells it.
    func explain(_ steps: [Step], executor: any StepExecutor = LocalExecutor()) async throws
        -> [String]
    {
        try await build(steps, executor: executor).ran.map { step, reason in
            let text = reason.text { $0.replacing(self.directory + "/", with: "") }
            return "\(step.name): \(text)"
        }
    }

    /// Every file below the directory with its content and its time of modification.
    func snapshot() throws -> [String: String] {
        var files: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            let stamp = FileStamp.of(path(name))
            let content = FileManager.default.contents(atPath: path(name)) ?? Data()
            files[name] = "\(stamp?.modified ?? 0) \(content.base64EncodedString())"
        }
        return files
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
