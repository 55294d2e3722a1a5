import Console
import RunRecords
import Scheduling
import Transport

/// Everything a run is started with; tests put other parts in.
struct RunStart: Sendable {
    var master: Master
    var description: RunDescription
    var connector: any HostConnector = StandardConnector()
    var policy = Policy()
    /// Before an absent host is looked for the first time; doubled each time.
    var seekingPause: Duration = .seconds(5)
    /// Where progress and the slaves' logs are shown; nil: nowhere.
    var board: StatusBoard?
    /// Called by the I/O thread when every slave has ended after a signal.
    var onInterrupt: @Sendable (Int32) -> Void = { _ in }

    /// The hosts that take part: one local one, where the run is serial.
    var hosts: [RunDescription.HostDescription] {
        guard description.serial else { return description.hosts }
        let local = description.hosts.first { $0.endpoint == .local } ?? description.hosts.first
        return local.map { [$0] } ?? []
    }
}
