import Foundation
import RunRecords
import Scheduling
import TestKit
import Testing

@testable import Marionette

/// Memory and disks that are full.
@Suite(.timeLimit(.minutes(20))) struct ExhaustionTests {
    /// A slave whose processes have so little address space.
    private static func small(kilobytes: Int) throws -> [String] {
        ["sh", "-c", "ulimit -v \(kilobytes) && exec \"$0\" \"$@\"", try TrialRun.slave.get().path]
    }

    @Test func `an operation that needs more memory than its host has fails with the figure`()
        async throws
    {
        try await TrialRun.with(workers: 1, command: Self.small(kilobytes: 300_000)) { run in
            let error = await runError { try await run.client.hold(megabytes: 1000) }
            #expect(
                error
                    == .operationFailed(
                        operation: "hold", host: "h1",
                        reason: "'hold' needs 1000 items of 1048576 bytes: its host has no memory"))
            try await run.client.hold(megabytes: 10)
            let events = try run.events()
            #expect(!events.contains { $0.kind == .workerEnded || $0.kind == .hostLost })
        }
    }

    @Test func `shared data that a replica has no memory for fail the operations that read them`()
        async throws
    {
        try await TrialRun.with(workers: 1, command: Self.small(kilobytes: 60_000)) { run in
            run.client.table = [UInt8](repeating: 1, count: 64 << 20)
            let error = await runError { _ = try await run.client.look(0) }
            guard case .operationFailed("look", "h1", let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason == "no address space for 'table', 67108868 bytes")
            // The replica lives: what reads nothing works, and so does a smaller table.
            let square = try await run.client.square(3)
            #expect(square == 9)
            run.client.table = [5]
            let look = try await run.client.look(0)
            #expect(look == (5, 1))
            #expect(try !run.events().contains { $0.kind == .hostLost })
        }
    }

    /// Larger than what the relay has room for, which it gets with neither.
    private static let large = 64 << 20

    enum Direction: CaseIterable { case arguments, result }

    /// Only the relay's: its replica and workers have none. The slave that follows has none either.
    @Test(arguments: Direction.allCases)
    func `a relay that has no memory for a message is a host that is lost, and comes back`(
        _ direction: Direction
    ) async throws {
        try await TrialRun.with(workers: 1) { run in
            try await run.client.add(3)
            let square = try await run.client.square(1)
            #expect(square == 4)
            let relay = try #require(try run.slaveProcesses().last)
            try boundAddressSpace(of: relay, toGrowBy: 16 << 20)
            switch direction {
            case .arguments:
                let length = try await run.client.measure([UInt8](repeating: 1, count: Self.large))
                #expect(length == UInt32(Self.large))
            case .result:
                let bytes = try await run.client.make(size: UInt32(Self.large))
                #expect(bytes.count == Self.large)
            }
            let next = try await run.client.square(2)
            #expect(next == 7)
            let lost = try run.events().filter { $0.kind == .hostLost }
            #expect(
                lost.map(\.text) == [
                    "its slave was refused memory, processes or files by its system"
                ])
            try await run.event {
                guard $0.kind == .log, let text = $0.text else { return false }
                return text.wholeMatch(of: /slave: no memory for a record of \d+ bytes/) != nil
            }
            // Nobody else was to blame.
            let events = try run.events()
            #expect(!events.contains { $0.kind == .workerEnded })
        }
    }

    // MARK: Disks

    /// Why no file system can be mounted for a test; nil where it can.
    private static let refusal: String? = {
        let result = try? TestProcess.run(["unshare", "--mount", "true"])
        return result?.status == 0 ? nil : "mount namespaces are refused: run as root"
    }()

    /// Runs a master in a mount namespace of its own, where `directory` is a file system of so many
    /// kilobytes. Afterwards its files are copied to `copies`.
    private static func master(
        _ place: MasterPlace, _ arguments: [String], on directory: String, kilobytes: Int,
        copies: String, journal: String? = nil
    ) throws -> TestProcess {
        for path in [directory, copies] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }
        let script = """
            directory=$1 copies=$2 size=$3
            shift 3
            mount -t tmpfs -o size="$size" tmpfs "$directory" || exit 90
            status=0
            "$@" || status=$?
            cp -a "$directory/." "$copies"
            exit "$status"
            """
        let master = try place.start(
            arguments, journal: journal,
            prefix: [
                "unshare", "--mount", "sh", "-c", script, "sh", directory, copies, "\(kilobytes)k",
            ]
        ) { description in
            if journal == nil { description.directory = directory }
        }
        try master.waitForEnd()
        return master
    }

    @Test(.enabled(if: refusal == nil, "mount namespaces are refused: run as root"))
    func `a full disk costs the event log, which is told, and not the run`() throws {
        let place = try MasterPlace()
        let (small, copies) = (place.path("small"), place.path("copies"))
        let master = try Self.master(
            place, ["sums", "3000", "0", "1"], on: small, kilobytes: 16, copies: copies)
        #expect(master.status == 0, "\(master.told)")
        let squares = (0..<3000).reduce(0) { $0 + $1 * $1 }
        #expect(master.output.contains("sum \(2 * squares + 3000 + 3 * 3000)\n"))
        #expect(
            master.errors.contains(
                "warning: the event log is not complete: No space left on device\n"),
            "\(master.errors)")
        // What it holds is whole lines, but for the last.
        let events = Array(try EventLogReader(path: copies + "/events.jsonl"))
        #expect(events.first?.kind == .start)
        #expect(!events.contains { $0.kind == .end })
    }

    @Test(.enabled(if: refusal == nil, "mount namespaces are refused: run as root"))
    func `a full disk ends a run with a journal, and what is in it stays valid`() throws {
        let place = try MasterPlace()
        let (small, copies) = (place.path("small"), place.path("copies"))
        let arguments = ["sums", "3000", "0", "1"]
        let master = try Self.master(
            place, arguments, on: small, kilobytes: 128, copies: copies,
            journal: small + "/journal")
        #expect(master.status == 78, "\(master.told)")
        #expect(
            master.errors.contains("error: the journal '\(small)/journal' can't be written: "),
            "\(master.errors)")
        let again = try place.start(arguments, journal: copies + "/journal", resume: true)
        defer { again.end() }
        try again.waitForEnd()
        #expect(again.status == 0, "\(again.told)")
        let recalled = try place.events().contains { $0.outcome == "recalled" }
        #expect(recalled)
        let squares = (0..<3000).reduce(0) { $0 + $1 * $1 }
        #expect(again.output.contains("sum \(2 * squares + 3000 + 3 * 3000)\n"))
    }

    @Test(.enabled(if: refusal == nil, "mount namespaces are refused: run as root"))
    func `a full disk costs an operation's capsule, which is told, and not the run`() throws {
        let place = try MasterPlace()
        let (small, copies) = (place.path("small"), place.path("copies"))
        let master = try Self.master(
            place, ["poison", "1000000"], on: small, kilobytes: 256, copies: copies)
        #expect(master.status == 0, "\(master.told)")
        #expect(
            master.output.contains("  note: no capsule was written: No space left on device\n"),
            "\(master.told)")
        #expect(master.output.hasPrefix("error: operation 'burst' killed 3 workers\n"))
        #expect(master.output.hasSuffix("result 81\n"))
        let files = try FileManager.default.contentsOfDirectory(atPath: copies)
        #expect(!files.contains { $0.hasPrefix("capsule") }, "\(files)")
        // There was room again for what followed.
        let events = Array(try EventLogReader(path: copies + "/events.jsonl"))
        #expect(events.last?.kind == .end)
    }
}

/// Bounds what a running process may take from now on.
private func boundAddressSpace(of process: Int32, toGrowBy bytes: UInt64) throws {
    let text = try String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)
    let pages = try #require(text.split(separator: " ").first.flatMap { UInt64($0) })
    let limit = pages * UInt64(getpagesize()) + bytes
    let change = try TestProcess.run(["prlimit", "--pid", "\(process)", "--as=\(limit)"])
    try #require(change.status == 0, "\(change.told)")
}
