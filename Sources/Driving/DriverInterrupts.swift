import Scheduling

/// Signals.
///
/// SIGINT the first time drains the run: what was sent may end, nothing more is sent, and whoever
/// awaits something that was not sent gets `interrupted`. The second time, and with any other
/// signal, every slave is sent away at once. Once more, and nobody waits even for that: the slaves
/// end when their connections do.
extension Driver {
    /// - Parameter softly: the signal is SIGINT.
    package func interrupt(_ signal: Int32, softly: Bool) {
        if ending?.signal != nil {
            endControl()
            want(.endBySignal(signal))
        } else if softly, interruption == nil, ending == nil, scheduler.stage == .running {
            interruption = signal
            record(.draining(open: openOperations))
            feed(.interrupted)
        } else {
            stop(signal)
        }
    }

    /// What an operation or an update that comes too late is told; nil while none does.
    package var interruptionError: RunError? { interruption.map { .interrupted(signal: $0) } }

    /// Ends the run once nothing is open any more.
    package func checkDrained() {
        guard isDrained, let interruption else { return }
        isDrained = false
        if ending?.signal == nil { stop(interruption) }
    }

    /// Sends every slave away; the process ends when they have.
    private func stop(_ signal: Int32) {
        end(with: .interrupted(signal: signal))
        ending = Ending(
            sinks: (ending?.sinks ?? []) + patient,
            until: now.advanced(by: DrivingLimits.goodbyeMax),
            signal: signal)
        patient = []
        endGreetings()
    }
}
