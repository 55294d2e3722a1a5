import Console
import Foundation
import TestKit
import Testing

@testable import Marionette

/// A worker in C++, built by `marionette build` from a manifest, in a slave process that a real
/// master runs.
@Suite(.timeLimit(.minutes(20))) struct CxxWorkerRunTests {
    /// The slave and its interface's hash, made once for all tests.
    private static let built = Result { try build() }

    private struct Slave {
        let project: TemporaryDirectory
        let command: [String]
        let interface: InterfaceDescription
    }

    private static func build() throws -> Slave {
        let project = try TemporaryDirectory("cxx")
        let worker = TrialRun.repository()
            .appendingPathComponent("Tests/MarionetteTests/Worker/cxx")
        for (from, to) in [("trial.x", "trial.x"), ("trial.cc", "worker/trial.cc")] {
            try project.write(
                String(contentsOf: worker.appendingPathComponent(from), encoding: .utf8), to: to)
        }
        try project.write(
            """
            application: trial
            interface: trial.x
            master: { product: none }
            worker: { language: c++, sources: [worker/*.cc] }

            """, to: "marionette.yaml")
        let target = "x86_64-linux-musl"
        let build = try TestProcess.run(
            [Checkout.marionette, "build", "-C", project.path, "--target", target],
            environment: [:], within: 1_000)
        try #require(build.status == 0, "\(build.errors)")
        let slave = "\(project.path)/.marionette/build/\(target)/slave"
        let told = try TestProcess.run([slave, "--identify"], environment: [:])
        let line = told.output.split(separator: "\n").first { $0.hasPrefix("interface=") }
        let digits = Array(try #require(line).dropFirst("interface=".count))
        let hash = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        let trial = Trial.interface
        return Slave(
            project: project, command: [slave],
            interface: InterfaceDescription(
                name: trial.name, program: trial.program, version: trial.version, hash: hash,
                shared: trial.shared, procedures: Array(trial.procedures.prefix(7))))
    }

    private static func run(
        workers: Int = 2, _ body: (TrialRun) async throws -> Void
    ) async throws {
        let slave = try built.get()
        try await TrialRun.with(
            workers: workers, command: slave.command, interface: slave.interface, body)
    }

    @Test func `operations see context and shared data`() async throws {
        try await Self.run { run in
            try await run.client.add(1_000)
            let square = try await run.client.square(7)
            #expect(square == 1_049)
            run.client.table = [5, 6, 7]
            let look = try await run.client.look(2)
            #expect(look == (7, 3))
            let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let echo = try await run.client.echo(bytes)
            #expect(echo == bytes)
        }
    }

    @Test func `eight workers in C++ have one copy of shared data in memory`() async throws {
        try await Self.run(workers: 8) { run in
            let size = 32 << 20
            run.client.table = [UInt8](repeating: 7, count: size)
            // Each reads all of it.
            var read: Set<UInt32> = []
            while read.count < 8 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<16 {
                        group.addTask {
                            let look = try await run.client.look(UInt32(index))
                            #expect(look == (7, UInt32(size)))
                        }
                    }
                    try await group.waitForAll()
                }
                read = Set(try run.events().flatMap { $0.ended ?? [] }.map(\.worker))
            }
            let started = try run.events().filter { $0.kind == .workerStarted && $0.position == 1 }
            let workers = Set(started.compactMap(\.process)).filter(isAlive)
            #expect(workers.count == 8)
            let replica = try #require(workers.first.flatMap(parent(of:)))
            let share = try memoryShare(of: workers + [replica] + run.slaveProcesses())
            #expect(share >= size)
            #expect(share <= size * 5 / 4)
        }
    }

    @Test func `many operations are executed by several workers`() async throws {
        try await Self.run { run in
            var sum: Int64 = 0
            for try await result in run.client.square(each: 0..<1_000) { sum += result }
            #expect(sum == (0..<1_000).reduce(0) { $0 + $1 * $1 })
        }
    }

    @Test func `an exception that is caught is the operation's error`() async throws {
        try await Self.run { run in
            let error = await #expect(throws: RunError.self) {
                try await run.client.crash(.failure)
            }
            guard case .operationFailed(let operation, _, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(operation == "crash")
            #expect(reason == "thrown for 0")
        }
    }

    @Test func `an exception that leaves an operation ends its worker, not the run`() async throws {
        try await Self.run { run in
            try await run.client.add(10)
            let error = await #expect(throws: RunError.self) {
                try await run.client.crash(.segmentationFault)
            }
            guard case .operationPoisoned(_, let kills, let how, _, _, _, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(kills == 3)
            #expect(how == "killed by SIGABRT")
            let square = try await run.client.square(2)
            #expect(square == 14)
        }
    }

    /// Names and lines are those of the file that the build left; there is one report of one place.
    @Test func `a crash is reported once, with the function and the line in the worker's source`()
        async throws
    {
        let slave = try Self.built.get()
        let output = "\(slave.project.path)/board"
        let descriptor = open(output, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        try await TrialRun.with(
            board: StatusBoard(descriptor: descriptor, isTerminal: false),
            command: slave.command, interface: slave.interface, target: "x86_64-linux-musl",
            explainer: [
                Checkout.marionette, "explain-crash", "--directory", slave.project.path,
            ]
        ) { run in
            for _ in 1...2 {
                await #expect(throws: RunError.self) {
                    try await run.client.crash(.segmentationFault)
                }
            }
        }
        let told = try String(contentsOfFile: output, encoding: .utf8)
        let source = try String(
            contentsOfFile: "\(slave.project.path)/worker/trial.cc", encoding: .utf8)
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(lines.firstIndex(of: "        raise_error(how);")) + 1
        let head = "h1 (x86_64-linux-musl): 'crash' crashed: it called abort,"
        #expect(told.components(separatedBy: head).count == 2, "\(told)")
        #expect(told.contains(" trial_crash at worker/trial.cc:\(line)"), "\(told)")
        #expect(told.contains("'crash' crashed 6 times at worker/trial.cc:"), "\(told)")
    }
}
