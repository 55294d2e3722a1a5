import Foundation
import Marionette
import Simulation
import Synchronization
import TestKit

/// Breaks what a run stands on, as its seed has it: processes are killed and stopped, connections
/// cut, hosts added and taken away, the master killed.
///
/// A host is broken less often than a run endures (8 losses in a row), and one host always stays.
struct Hand {
    private enum Fault {
        case killWorker, stopWorker, killReplica, stopReplica, killRelay, stopRelay, killGuardian
        case killSession, stopSession, addHost, drainHost, removeHost, killMaster, stopMaster
    }

    /// As often as it stands here.
    private static let faults: [Fault] = [
        .killWorker, .killWorker, .killWorker, .killWorker, .stopWorker, .stopWorker, .killReplica,
        .killReplica, .stopReplica, .killRelay, .killRelay, .stopRelay, .killGuardian,
        .killSession, .killSession, .stopSession, .addHost, .addHost, .drainHost, .removeHost,
        .killMaster, .stopMaster,
    ]

    /// After so many seconds nothing is broken any more, and all must end.
    private static let span = 15.0

    private let setup: SoakSetup
    private let slaves: Slaves
    private var random: SeededNumbers
    private var stopped: [(process: pid_t, until: Date)] = []
    private var losses: [String: Int] = [:]
    private var next: Date
    private(set) var faults: [String] = []
    private(set) var workersKilled = 0
    private var mastersKilled = 0
    /// The present master, by this hand.
    private(set) var hasKilledMaster = false
    private let control = ControlRequests()
    private let began = Date()

    init(_ setup: SoakSetup, _ slaves: Slaves, seed: UInt64) {
        self.setup = setup
        self.slaves = slaves
        random = SeededNumbers(seed ^ 0x5041_6861_6e64_0000)
        next = .distantFuture
    }

    /// A master was started.
    mutating func begin() {
        stopped = []
        losses = [:]
        hasKilledMaster = false
        schedule()
    }

    private mutating func schedule() {
        guard let interval = setup.faultInterval else { return }
        guard Date().timeIntervalSince(began) < Self.span else {
            next = .distantFuture
            return
        }
        next = Date(
            timeIntervalSinceNow: Double(random.within(interval / 2...interval * 3 / 2)) / 1000)
    }

    /// Does what is due.
    mutating func act(on master: pid_t, _ runDirectory: String) {
        for (process, until) in stopped where until < Date() { kill(process, SIGCONT) }
        stopped.removeAll { $0.until < Date() }
        guard next < Date() else { return }
        schedule()
        let processes = SlaveProcesses(tag: slaves.tag)
        // What can't be done is tried with another fault.
        for _ in 0..<20 {
            let fault = Self.faults[random.below(Self.faults.count)]
            if let done = act(fault, processes, master, runDirectory) {
                let moment = String(format: "%.2f", Date().timeIntervalSince(began))
                self.faults.append("\(moment) s: \(done)")
                return
            }
        }
    }

    /// Everything goes on, and who was asked for something has answered. False: not in time.
    mutating func end() -> Bool {
        for (process, _) in stopped { kill(process, SIGCONT) }
        stopped = []
        next = .distantFuture
        return control.await(seconds: 300)
    }

    var answers: [String] { control.answers }

    // MARK: Faults

    private mutating func act(
        _ fault: Fault, _ processes: SlaveProcesses, _ master: pid_t, _ runDirectory: String
    ) -> String? {
        switch fault {
        case .killWorker: killWorkers(processes)
        case .stopWorker: stop(any(processes.of(.worker)), "worker", 1...1500)
        case .killReplica: loseHost(any(processes.of(.replica)), "replica", SIGKILL)
        case .stopReplica: stop(any(processes.of(.replica)), "replica", 1...1500)
        case .killRelay:
            loseHost(
                any(processes.of(.relay)), "relay", [SIGKILL, SIGKILL, SIGTERM][random.below(3)])
        case .stopRelay: stop(any(processes.of(.relay)), "relay", 1...3000)
        case .killGuardian: loseHost(any(processes.of(.guardian)), "guardian", SIGKILL)
        case .killSession, .stopSession: breakSession(processes, kills: fault == .killSession)
        case .addHost: addHost(runDirectory)
        case .drainHost, .removeHost: leave(runDirectory, drains: fault == .drainHost)
        case .killMaster: killMaster(master)
        case .stopMaster: random.chance(0.3) ? stop(master, "the master", 1...1000) : nil
        }
    }

    private mutating func any(_ processes: [SlaveProcesses.Process]) -> SlaveProcesses.Process? {
        processes.isEmpty ? nil : processes[random.below(processes.count)]
    }

    private mutating func killWorkers(_ processes: SlaveProcesses) -> String? {
        let workers = processes.of(.worker)
        guard !workers.isEmpty else { return nil }
        // Now and then many at once.
        let count = random.chance(0.1) ? random.within(1...workers.count) : 1
        let victims = workers.shuffled(using: &random).prefix(count)
        for victim in victims { kill(victim.identifier, SIGKILL) }
        workersKilled += count
        let hosts = Set(victims.map(\.host)).sorted().joined(separator: ", ")
        return "killed \(count) workers of \(hosts)"
    }

    private mutating func stop(
        _ process: SlaveProcesses.Process?, _ what: String, _ span: ClosedRange<Int>
    ) -> String? {
        guard let process else { return nil }
        return stop(process.identifier, "a \(what) of \(process.host)", span)
    }

    private mutating func stop(
        _ process: pid_t, _ what: String, _ span: ClosedRange<Int>
    ) -> String? {
        let milliseconds = Sizes.logUniform(span, &random)
        kill(process, SIGSTOP)
        stopped.append((process, Date(timeIntervalSinceNow: Double(milliseconds) / 1000)))
        return "stopped \(what) (\(process)) for \(milliseconds) ms"
    }

    /// Whether the host may be lost once more.
    private mutating func mayLose(_ host: String) -> Bool {
        guard losses[host, default: 0] < 4 else { return false }
        losses[host, default: 0] += 1
        return true
    }

    private mutating func loseHost(
        _ process: SlaveProcesses.Process?, _ what: String, _ signal: Int32
    ) -> String? {
        guard let process, mayLose(process.host) else { return nil }
        kill(process.identifier, signal)
        return "killed a \(what) of \(process.host) (\(process.identifier), signal \(signal))"
    }

    private mutating func breakSession(_ processes: SlaveProcesses, kills: Bool) -> String? {
        let relays = processes.of(.relay).filter { SlaveProcesses.session(of: $0) != nil }
        guard let relay = any(relays), let session = SlaveProcesses.session(of: relay) else {
            return nil
        }
        guard kills else { return stop(session, "sshd's session of \(relay.host)", 1...3000) }
        guard mayLose(relay.host) else { return nil }
        kill(session, SIGKILL)
        return "killed sshd's session of \(relay.host)"
    }

    private mutating func addHost(_ runDirectory: String) -> String? {
        let hosts = setup.hosts.dropFirst() + setup.spare
        guard !setup.isSerial, !hosts.isEmpty else { return nil }
        let host = hosts[hosts.startIndex + random.below(hosts.count)]
        control.ask(.add(slaves.description(host)), of: runDirectory)
        return "asked to add \(host.name)"
    }

    private mutating func leave(_ runDirectory: String, drains: Bool) -> String? {
        // The first one stays.
        let hosts = setup.hosts.dropFirst() + setup.spare
        guard !setup.isSerial, !hosts.isEmpty else { return nil }
        let host = hosts[hosts.startIndex + random.below(hosts.count)].name
        control.ask(drains ? .drain(host: host) : .remove(host: host), of: runDirectory)
        return "asked to \(drains ? "drain" : "remove") \(host)"
    }

    private mutating func killMaster(_ master: pid_t) -> String? {
        guard setup.hasJournal, mastersKilled < 4 else { return nil }
        mastersKilled += 1
        hasKilledMaster = true
        kill(master, SIGKILL)
        return "killed the master"
    }
}

/// What a run is asked for through its control socket, each by a thread that waits for the answer.
private final class ControlRequests: Sendable {
    private let state = Mutex((open: 0, answers: [String]()))

    var answers: [String] { state.withLock { $0.answers } }

    func ask(_ request: ControlRequest, of directory: String) {
        state.withLock { $0.open += 1 }
        Thread.detachNewThread { [self] in
            // A run that was killed or has ended answers by an error.
            let answer = Result { try RunControl.ask(request, of: directory) }
            state.withLock { state in
                state.open -= 1
                state.answers.append("\(request): \(answer)")
            }
        }
    }

    func await(seconds: Double) -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while state.withLock({ $0.open }) > 0 {
            guard Date() < end else { return false }
            usleep(10_000)
        }
        return true
    }
}
