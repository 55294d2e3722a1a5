import Digests
import Foundation
import Replaying
import Scheduling
import Testing
import Transport
import XDRCoding

@testable import Marionette
@testable import RunRecords

/// What is left of an operation that kills its workers.
@Suite(.timeLimit(.minutes(20))) struct CapsuleTests {
    @Test func `a capsule holds all that it takes to die again`() async throws {
        try await TrialRun.with(workers: 2) { run in
            try await run.client.add(5)
            run.client.table = [1, 2]
            _ = try await run.client.look(0)
            try await run.client.add(2)
            run.client.table = [9, 35]
            async let sound = run.client.square(3, milliseconds: 50)
            // Before the update that follows.
            try await run.untilTaken(2)
            let error = await runError { _ = try await run.client.burst(1) }
            let failed = try await run.event { $0.kind == .operationFailed }
            let place = try #require(failed.ended?.first?.place)
            try await run.client.add(1)
            let next = try await run.client.burst(0)
            #expect(next == 9)
            let unharmed = try await sound
            #expect(unharmed == 16)

            let path = run.directory.path + "/capsule-\(place)"
            guard
                case .operationPoisoned("burst", 3, "killed by SIGABRT", _, _, 3, let record)? =
                    error
            else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(record == .written(path: path))
            #expect(failed.capsule == path)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)

            let capsule = try Capsule(contentsOf: path)
            #expect(capsule.application == "Trial")
            #expect(capsule.interfaceHash == Trial.interface.hash)
            #expect(capsule.target == "here")
            #expect((capsule.operation, capsule.position) == ("burst", 4))
            #expect(capsule.updates.map(\.position) == [1, 3, 4])
            try Self.expectDeath(of: capsule)
        }
    }

    /// Executes it again on a slave that knows nothing of its run.
    private static func expectDeath(of capsule: Capsule) throws {
        let outcome = try replay(capsule)
        #expect(capsule.outcome == .death(kills: 3, how: "killed by SIGABRT"))
        #expect(outcome.isSame(as: capsule.outcome), "\(outcome)")
        // Without what came before it the same operation does no harm.
        var bare = capsule
        bare.updates = []
        #expect(
            try replay(bare) == .failed("'table' was not sent before the operation that reads it"))
        var other = capsule
        other.interfaceHash[0] ^= 1
        #expect(try replay(other) == .refused("it was built from another interface"))
    }

    private static func replay(_ capsule: Capsule) throws -> ReplayOutcome {
        let slave = try TrialRun.slave.get().path
        let here = try StandardConnector().connect(to: .local, host: "here")
        defer { here.close() }
        return try Replay(capsule, unreadSlot: nil, command: [slave]).run(over: here).outcome
    }

    @Test func `operations that succeed leave capsules where that is wished, with their results`()
        async throws
    {
        try await TrialRun.with(workers: 2, capture: ["square": 2, "look": 1]) { run in
            try await run.client.add(5)
            for number in 1...3 { _ = try await run.client.square(Int32(number)) }
            let echoed = try await withCapsules { try await run.client.echo([1, 2, 3]) }
            #expect(echoed == [1, 2, 3])
            _ = try await run.client.echo([4])
            run.client.table = [9, 35]
            let looked = try await run.client.look(1)
            #expect(looked.byte == 35)
            run.client.table = [0]
            _ = try await run.client.look(0)
            var paths: [String] = []
            while paths.count < 4 {
                let files = try FileManager.default.contentsOfDirectory(atPath: run.directory.path)
                paths = files.filter { $0.hasPrefix("capsule-") && !$0.hasSuffix(".new") }
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(paths.sorted() == ["capsule-1", "capsule-2", "capsule-4", "capsule-6"])
            for path in paths {
                let capsule = try Capsule(contentsOf: "\(run.directory.path)/\(path)")
                guard case .result(let bytes) = capsule.outcome else {
                    Issue.record("\(capsule.outcome)")
                    continue
                }
                #expect(!bytes.isEmpty)
                #expect(try Self.replay(capsule) == .result(bytes), "\(path)")
                var other = capsule
                other.updates = []
                // All others depend on what came before them.
                let same = try Self.replay(other).isSame(as: capsule.outcome)
                #expect(same == (capsule.operation == "echo"))
            }
        }
    }

    @Test func `a run captures so many operations and no more, and has capsules left for deaths`()
        async throws
    {
        try await TrialRun.with(workers: 2, capture: ["echo": 1000]) { run in
            for number in 0..<12 { _ = try await run.client.echo([UInt8(number)]) }
            try await withCapsules {
                for number in 0..<12 { _ = try await run.client.square(Int32(number)) }
            }
            let error = await runError { try await run.client.crash(.kill) }
            guard case .operationPoisoned(_, _, _, _, _, _, .written)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: run.directory.path)
            #expect(
                files.filter { $0.hasPrefix("capsule-") }.count == DrivingLimits.capturesMax + 1)
        }
    }

    @Test func `a run writes so many capsules and no more, and all operations fail alone`()
        async throws
    {
        try await TrialRun.with(workers: 2) { run in
            var records: [CapsuleRecord] = []
            for _ in 0...RunLimits.capsulesMax {
                let error = await runError { try await run.client.crash(.kill) }
                guard case .operationPoisoned(_, _, _, _, _, _, let record)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                records.append(record)
            }
            #expect(
                records.popLast() == .failed(reason: "the run has written 16, which is the limit"))
            #expect(records.allSatisfy { if case .written = $0 { true } else { false } })
            let files = try FileManager.default.contentsOfDirectory(atPath: run.directory.path)
            #expect(files.filter { $0.hasPrefix("capsule-") }.count == RunLimits.capsulesMax)
        }
    }

    @Test func `a capsule that can't be written leaves nothing, and the operation fails alone`()
        async throws
    {
        try await TrialRun.with(workers: 1) { run in
            try FileManager.default.createDirectory(
                atPath: run.directory.path + "/capsule-1", withIntermediateDirectories: true)
            let error = await runError { try await run.client.crash(.segmentationFault) }
            guard case .operationPoisoned(_, _, _, _, _, _, .failed(let reason))? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason == "Is a directory")
            let files = try FileManager.default.contentsOfDirectory(atPath: run.directory.path)
            #expect(!files.contains("capsule-1.new"))
            let next = try await run.client.square(2)
            #expect(next == 4)
        }
    }

    // MARK: Capsules of others

    private static let sample = Capsule(
        application: "Trial", program: 1, version: 2,
        interfaceHash: [UInt8](repeating: 7, count: 32), host: "h1", target: "t", build: "b",
        procedure: 10, operation: "burst", place: OperationPlace(statement: 4, element: 2),
        position: 9, arguments: [0, 0, 0, 1],
        worker: 1, attempt: 3, outcome: .death(kills: 3, how: "killed by SIGABRT"),
        updates: [
            Capsule.Update(position: 2, change: .context(procedure: 1, arguments: [0, 0, 0, 5])),
            Capsule.Update(position: 7, change: .shared(slot: 0, version: 2, bytes: [1, 2, 3])),
        ])

    /// Made by another implementation of Documentation/Formats.md.
    @Test func `a capsule's bytes are those of format 2`() throws {
        let bytes = try Self.sample.encoded()
        #expect(bytes.count == 228 + 32)
        let digest = try #require(Digest(bytes: bytes.suffix(32)))
        #expect(
            digest.description
                == "45de3a6ac15a1bb90dbfe2e3b472dae3dadb0832bf2bfee72c55496c32310fc6")
    }

    @Test func `a capsule that is cut off or damaged at any byte is refused`() throws {
        let bytes = try Self.sample.encoded()
        #expect(try Capsule(bytes: bytes) == Self.sample)
        var succeeded = Self.sample
        succeeded.outcome = .result([7, 7, 7])
        #expect(try Capsule(bytes: try succeeded.encoded()) == succeeded)
        for index in bytes.indices {
            #expect(throws: CapsuleFault.self) { try Capsule(bytes: Array(bytes[..<index])) }
            var damaged = bytes
            damaged[index] ^= 0x40
            #expect(throws: CapsuleFault.self) { try Capsule(bytes: damaged) }
        }
        #expect(throws: CapsuleFault.self) { try Capsule(bytes: bytes + [0]) }
    }

    /// Whoever forges a capsule can compute its digest too.
    @Test func `a forged capsule is refused with a reason and takes no memory for what it claims`()
        throws
    {
        let bytes = Array(try Self.sample.encoded().dropLast(32))
        var refused = 0
        for index in stride(from: 8, to: bytes.count, by: 4) {
            var forged = bytes
            forged.replaceSubrange(index..<index + 4, with: [0xff, 0xff, 0xff, 0xff])
            do { _ = try Capsule(bytes: forged + Digest.of(forged).bytes) } catch { refused += 1 }
        }
        // A number may be any number; counts, kinds, texts, positions and padding may not.
        #expect(refused > 20)
        var disordered = Self.sample
        disordered.updates.reverse()
        let content = try disordered.encoded()
        let error = #expect(throws: CapsuleFault.self) { try Capsule(bytes: content) }
        #expect(error?.description == "its updates are in disorder")
    }

    @Test func `what is no capsule is told apart`() async throws {
        let bytes = try Self.sample.encoded()
        var other = bytes
        other[7] = 1
        #expect(throws: CapsuleFault.self) { try Capsule(bytes: other) }
        try await TrialRun.with { run in
            let path = run.directory.path + "/file"
            func reason(_ content: [UInt8]) -> String? {
                _ = FileManager.default.createFile(atPath: path, contents: Data(content))
                do throws(RunRecordsError) { _ = try Capsule(contentsOf: path) } catch {
                    return error.diagnostic.summary
                }
                return nil
            }
            let head = "the capsule '\(path)' can't be read: "
            #expect(reason(Array("nonsense".utf8)) == head + "it is no capsule")
            #expect(reason([]) == head + "it is no capsule")
            #expect(reason(other) == head + "it is a capsule of format 1, ours is 2")
            #expect(reason(bytes) == nil)
            unlink(path)
            #expect(mkfifo(path, 0o600) == 0)
            let error = RunRecordsError.capsuleUnreadable(
                path: path, reason: "it is not a regular file")
            #expect(throws: error) {
                try Capsule(contentsOf: path)
            }
            unlink(path)
            #expect(
                throws: RunRecordsError.capsuleUnreadable(path: path, reason: "no such file")
            ) { try Capsule(contentsOf: path) }
        }
    }
}
