import Foundation
import Marionette
import RunRecords
import TestKit

/// What is done again to look closer at a seed: fewer steps, no faults.
struct SeedVariant: Hashable, Sendable {
    var steps = StepNumbers(nil)
    var hasFaults = true
}

/// One seed: its program on its hosts, with its faults, up to the end, and what is left then.
final class SeedTrial {
    struct Outcome {
        var seed: UInt64
        var operations = 0
        var faults: [String] = []
        /// In KiB.
        var masterPeak = 0
        var relayPeak = 0
        var seconds = 0.0
        /// What is wrong; nil: nothing.
        var failure: String?
    }

    /// Without a sign of life for so long, a run hangs.
    static let patience =
        ProcessInfo.processInfo.environment["SOAK_PATIENCE"].flatMap(Double.init) ?? 300

    private let seed: UInt64
    private let variant: SeedVariant
    private let slaves: Slaves
    private let clusterDirectory: String?
    private let setup: SoakSetup
    private let program: SoakProgram
    private var hand: Hand
    private var outcome: Outcome
    private let directory: String
    private var attempt = 0
    private var innocents = 0
    /// The last step that was begun.
    private var reached = 0

    private struct Wrong: Error { let text: String }

    init(_ seed: UInt64, _ variant: SeedVariant, _ slaves: Slaves, clusterDirectory: String?) {
        self.seed = seed
        self.variant = variant
        self.slaves = slaves
        self.clusterDirectory = clusterDirectory
        setup = SoakSetup(seed: seed, cluster: slaves.cluster, hasFaults: variant.hasFaults)
        program = SoakProgram(seed: seed)
        hand = Hand(setup, slaves, seed: seed)
        outcome = Outcome(seed: seed)
        directory = "\(slaves.directory)/seed-\(seed)"
    }

    /// Runs it. The records of a run that failed stay.
    func run() -> Outcome {
        let began = Date()
        do {
            try? FileManager.default.removeItem(atPath: directory)
            try FileManager.default.createDirectory(
                atPath: "\(directory)/tmp", withIntermediateDirectories: true)
            while try !runMaster() { attempt += 1 }
            try checkOnce()
            let most = hand.workersKilled
            if innocents > most {
                throw Wrong(text: "\(innocents) executions were killed, by \(most) faults")
            }
        } catch let wrong as Wrong {
            outcome.failure = wrong.text
        } catch {
            outcome.failure = "\(error)"
        }
        if !hand.end(), outcome.failure == nil {
            outcome.failure = "the control socket did not answer within 300 s"
        }
        outcome.faults = hand.faults
        outcome.seconds = Date().timeIntervalSince(began)
        if outcome.failure == nil { try? FileManager.default.removeItem(atPath: directory) }
        return outcome
    }

    /// Whoever reads a failure wants to know what there was; the rest is among the records.
    var text: String {
        let told = hand.faults.suffix(12).map { "\n  \($0)" }.joined()
        let all = (hand.faults + hand.answers).joined(separator: "\n")
        try? all.write(toFile: "\(directory)/faults", atomically: true, encoding: .utf8)
        return """
            hosts: \(setup.text)
            \(program.text(of: Set(begun)))
            the latest of \(hand.faults.count) faults:\(told)
            records: \(directory)
            """
    }

    /// The steps that were begun; all where none were.
    private var begun: [Int] {
        let chosen = program.steps.map(\.number).filter(variant.steps.contains)
        return reached == 0 ? chosen : chosen.filter { $0 <= reached }
    }

    // MARK: One master

    /// False: it was killed, and its run is to be resumed.
    private func runMaster() throws -> Bool {
        let runDirectory = "\(directory)/run\(attempt)"
        let master = try start(runDirectory)
        defer { master.end() }
        hand.begin()
        defer { reached = max(reached, lastStep(of: master)) }
        try watch(master, runDirectory)
        let isAnswered = hand.end()
        let ending = try master.waitForEnd()
        for line in master.output.split(separator: "\n") {
            if line.hasPrefix("wrong: ") { throw Wrong(text: String(line.dropFirst(7))) }
            if line.hasPrefix("innocent ") { innocents += Int(line.dropFirst(9)) ?? 0 }
            if line.hasPrefix("ended ") { outcome.operations += Int(line.dropFirst(6)) ?? 0 }
        }
        try checkNothingLeft(master)
        if !isAnswered { throw Wrong(text: "the control socket did not answer within 300 s") }
        if ending == .signalled(SIGKILL), setup.hasJournal, hand.hasKilledMaster {
            // It may have had no time to begin one.
            if access("\(runDirectory)/events.jsonl", F_OK) == 0 { try checkEvents(runDirectory) }
            return false
        }
        try checkEvents(runDirectory)
        try checkEnding(ending, master)
        guard access("\(runDirectory)/control", F_OK) != 0 else {
            throw Wrong(text: "the control socket is left")
        }
        return true
    }

    private func lastStep(of master: TestProcess) -> Int {
        master.output.split(separator: "\n").compactMap { line in
            line.hasPrefix("step ") ? Int(line.dropFirst(5)) : nil
        }.max() ?? 0
    }

    private func start(_ runDirectory: String) throws -> TestProcess {
        try FileManager.default.createDirectory(
            atPath: runDirectory, withIntermediateDirectories: true)
        let journal = "\(directory)/journal"
        let resumes = FileManager.default.fileExists(atPath: journal)
        let hash = SoakClient.interface.hash.map { String(format: "%02x", $0) }.joined()
        let description = RunDescription(
            application: "soak", interfaceHash: hash, directory: runDirectory,
            serial: setup.isSerial, hosts: setup.hosts.map(slaves.description),
            trace: setup.hasTrace ? "\(runDirectory)/trace.json" : nil,
            journal: setup.hasJournal
                ? RunDescription.Journal(path: journal, resume: resumes) : nil,
            inFlight: setup.inFlight)
        try description.write(to: "\(runDirectory)/run.json")
        let words =
            (setup.faultInterval == nil ? [] : ["faults"]) + (setup.isSerial ? ["serial"] : [])
            + (setup.hasJournal ? ["repeatable"] : [])
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return try TestProcess(
            [program, "master", "\(seed)", "\(variant.steps)", notes, onceDone] + words,
            environment: [
                RunDescription.environmentVariable: "\(runDirectory)/run.json",
                "TMPDIR": "\(directory)/tmp",
            ])
    }

    /// On every host, and named like nobody else's.
    private var notes: String { "/tmp/\(slaves.tag)-\(seed).notes" }
    private var onceDone: String { "\(directory)/once-done" }

    /// Returns when it has ended.
    private func watch(_ master: TestProcess, _ runDirectory: String) throws {
        var signOfLife = Date()
        var said = 0
        var measuredAt = Date.distantPast
        while master.ending == nil {
            hand.act(on: master.identifier, runDirectory)
            let saying = master.output.utf8.count
            if saying != said {
                said = saying
                signOfLife = Date()
            }
            guard Date().timeIntervalSince(signOfLife) < Self.patience else {
                throw Wrong(text: Hanging.text(of: master, slaves.tag, "\(directory)/hanging"))
            }
            if Date().timeIntervalSince(measuredAt) > 0.3 {
                measuredAt = Date()
                measure(master)
            }
            usleep(10_000)
        }
    }

    private func measure(_ master: TestProcess) {
        outcome.masterPeak = max(
            outcome.masterPeak, SlaveProcesses.peak(of: master.identifier))
        // An emulated one's memory is mostly its emulator's.
        let relays = SlaveProcesses(tag: slaves.tag).of(.relay).filter { $0.host.hasPrefix("h") }
        for relay in relays {
            outcome.relayPeak = max(outcome.relayPeak, SlaveProcesses.peak(of: relay.identifier))
        }
    }

    // MARK: What must hold at the end

    private func checkEnding(_ ending: TestProcess.Ending, _ master: TestProcess) throws {
        let fails = program.steps.contains { step in
            guard case .context(let update) = step.kind else { return false }
            return update.fails && variant.steps.contains(step.number)
        }
        guard ending == .exited(fails ? 1 : 0) else {
            throw Wrong(text: "the master ended with \(ending): \(master.errors.suffix(2000))")
        }
        if fails, !master.errors.contains("failed: asked to fail at ") {
            throw Wrong(text: "the update's failure is not told: \(master.errors.suffix(2000))")
        }
    }

    private func checkNothingLeft(_ master: TestProcess) throws {
        // 5 s on a machine that has nothing else to do.
        let end = Date(timeIntervalSinceNow: 300)
        while true {
            let left = SlaveProcesses(tag: slaves.tag).all
            let files =
                (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/tmp")) ?? []
            if left.isEmpty, files.isEmpty { return }
            guard Date() < end else {
                let text = left.map { "\($0.host) \($0.role) \($0.identifier) \($0.state)" } + files
                throw Wrong(text: "these are left: \(text.joined(separator: ", "))")
            }
            usleep(20_000)
        }
    }

    /// Each operation is in the log at most once, and nobody died of what nobody did. Recovery
    /// hides that from the program.
    private func checkEvents(_ runDirectory: String) throws {
        var places: Set<OperationPlace> = []
        // A serial slave is the worker that an operation kills.
        var diedOfOperation: Double?
        for event in try EventLogReader(path: "\(runDirectory)/events.jsonl") {
            var ended: [OperationEnd] = []
            switch event.content {
            case .workerEnded(let end):
                if setup.isSerial, end.executing != nil { diedOfOperation = event.t }
                if let death = unexplained(end) { throw Wrong(text: death) }
            case .hostLost(let loss) where event.t != diedOfOperation:
                if let death = unexplained(loss) { throw Wrong(text: death) }
            case .operations(let operations): ended = operations.ended
            case .operationFailed(let failure): ended = [failure.end].compactMap(\.self)
            default: break
            }
            for end in ended where !places.insert(end.place).inserted {
                throw Wrong(text: "operation \(end.place) ended twice")
            }
        }
    }

    /// An operation that was asked for it dies of anything. Nobody waits for one that was given up:
    /// its end is nobody's.
    private func unexplained(_ end: RunEvent.WorkerEnd) -> String? {
        end.executing == nil && Self.faults.contains(where: end.how.contains)
            && !program.deathsOfAbandoned.contains(where: end.how.contains)
            ? "a worker died: \(end.how) (\(end.host), idle)" : nil
    }

    private func unexplained(_ loss: RunEvent.Loss) -> String? {
        // The first host that says so is given up; when a second one does, the run ends as it must.
        if loss.reason.contains("failed there: asked to fail at ") { return nil }
        let isBroken = setup.faultInterval != nil
        return !isBroken || Self.faults.contains(where: loss.reason.contains)
            ? "a host was lost: \(loss.reason) (\(loss.host), idle)" : nil
    }

    /// What no hand does: signals, and exit codes of a slave that finds a fault in itself, in the
    /// system or in its master.
    private static let faults = [
        "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "status 70", "status 71",
        "status 76", "no protocol",
    ]

    private func checkOnce() throws {
        let noted = slaves.lines(of: notes, clusterDirectory: clusterDirectory)
        guard Set(noted).count == noted.count else {
            let twice = Dictionary(grouping: noted) { $0 }.filter { $1.count > 1 }.keys
            throw Wrong(text: "executed more than once: \(twice.sorted())")
        }
        let told = (try? String(contentsOfFile: onceDone, encoding: .utf8)) ?? ""
        let missing = Set(told.split(separator: "\n")).subtracting(noted)
        guard missing.isEmpty else {
            throw Wrong(text: "never executed, but answered: \(missing.sorted())")
        }
    }
}
