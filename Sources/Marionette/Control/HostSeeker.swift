import Driving
import Scheduling
import Synchronization
import Transport

/// Looks again and again for the hosts that could not be reached before the run.
///
/// What it takes to bring a slave to a host is not known here: `run.json` has the command that does
/// (`marionette hosts add`), and that asks the run through its control socket to take the host in.
/// The command ends when its input does, so that none of them survives the run, however it ends.
final class HostSeeker: Sendable {
    private struct State {
        /// When a host is looked for next; nil while somebody does.
        var absent: [String: Instant?] = [:]
        var pauses: [String: Duration] = [:]
        /// Commands that run, by the host that they look for.
        var commands: [String: any HostChannel] = [:]
        var isStopped = false
    }

    private let command: [String]
    private let firstPause: Duration
    private let state: Mutex<State>
    private let jobs = BackgroundJobs(limit: 4)
    private let submit: @Sendable (String, SeekOutcome) -> Void

    /// nil: no host is absent.
    init?(_ start: RunStart, now: Instant) {
        guard let absent = start.description.absent, !absent.hosts.isEmpty,
            !start.description.serial
        else { return nil }
        command = absent.command
        firstPause = start.seekingPause
        let first = now.advanced(by: start.seekingPause)
        state = Mutex(
            State(
                absent: Dictionary(
                    absent.hosts.map { ($0, first) }, uniquingKeysWith: { first, _ in first })))
        let queue = start.master.queue
        submit = { _ = queue.submit(.sought(host: $0, $1)) }
    }

    /// When `seek` is due next; nil where nothing waits for time.
    var next: Instant? {
        state.withLock { $0.absent.values.compactMap(\.self).min() }
    }

    func seek(_ now: Instant) {
        let due = state.withLock { state in
            let due = state.absent.compactMap { name, time in
                time.map { $0 <= now } ?? false ? name : nil
            }
            for name in due { state.absent[name] = .some(nil) }
            return due
        }
        for name in due {
            jobs.add { [self] in submit(name, look(for: name)) }
        }
    }

    /// The host is in the run.
    func found(_ name: String) {
        state.withLock { $0.absent[name] = nil }
    }

    /// The host is looked for again after a while, twice as long as the last.
    func missed(_ name: String, _ now: Instant) {
        state.withLock { state in
            guard state.absent[name] != nil else { return }
            let pause = state.pauses[name] ?? firstPause
            state.pauses[name] = min(pause * 2, RunLimits.seekingPauseMax)
            state.absent[name] = now.advanced(by: pause)
        }
    }

    /// Ends what runs, and begins nothing more.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.absent = [:]
            for command in state.commands.values { command.closeInput() }
        }
        jobs.wait(atMost: DrivingLimits.goodbyeMax)
    }

    /// Blocks until the command ended.
    private func look(for name: String) -> SeekOutcome {
        do throws(TransportError) {
            let here = try StandardConnector().connect(to: .local, host: name)
            let channel = try here.open(command + [name])
            defer { release(name, channel) }
            guard keep(name, channel) else { return .unreachable }
            var limits = Transport.RunLimits()
            limits.silenceMax = RunLimits.seekingMax
            let result = try here.result(of: channel, limits: limits)
            switch result.status {
            case 0: return .joined
            case 69: return .unreachable
            default:
                let lines = result.errorText.split(separator: "\n")
                let error = lines.last { $0.hasPrefix("error: ") }?.dropFirst(7)
                return .refused(String(error ?? lines.last ?? "it said nothing").neutral)
            }
        } catch {
            return .refused(error.diagnostic.summary)
        }
    }

    /// Whether it may go on.
    private func keep(_ name: String, _ channel: any HostChannel) -> Bool {
        state.withLock { state in
            if !state.isStopped { state.commands[name] = channel }
            return !state.isStopped
        }
    }

    private func release(_ name: String, _ channel: any HostChannel) {
        state.withLock { $0.commands[name] = nil }
        channel.close()
    }
}
