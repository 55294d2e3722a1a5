import RunRecords
import WireProtocol

/// The limits of this module.
enum RunLimits {
    /// Of one operation's arguments, so that its record keeps to the protocol's limit with its
    /// header.
    static let argumentsMax = RecordReader.recordMax - 1024
    /// Of one sequence's operations that are open or unread, unless the run says otherwise:
    /// `marionette run --in-flight`.
    static let flightBytes = RunDescription.inFlightDefault << 20
    /// Arguments that a sequence hands over together; larger ones go alone.
    static let callMax = 64 << 10
    /// Of one shared variable, encoded.
    static let sharedMax = 4 << 30
    /// Connections that are being made at once.
    static let connectingMax = 16
    /// How long the end of a run waits for connections that are being made, and were cancelled: only
    /// looking up a name can't be.
    static let cancellingMax: Duration = .seconds(1)
    /// How long the reason is awaited when a channel ended.
    static let endingMax: Duration = .seconds(5)
    /// The longest pause before an absent host is looked for again.
    static let seekingPauseMax: Duration = .seconds(60)
    /// How long looking for one, and bringing the slave there, may do without a word.
    static let seekingMax: Duration = .seconds(3600)
    /// Bytes taken from a channel before the next host's turn.
    static let receiveMax = 4 << 20
    static let receiveBuffer = 256 << 10
    /// Of one sequence's open operations, beyond what workers need at once: what is on its way is to
    /// stay in the processor's cache.
    static let argumentsAhead = 4 << 20
    /// How long operations that ended may wait for their line in the event log, and how much.
    static let eventLogDelay: Duration = .milliseconds(100)
    static let eventLogBuffer = 256 << 10
    /// Bytes that wait to be written to the journal, before hosts are no longer listened to.
    static let journalWaitingMax = 64 << 20
    /// The capsules of one run, and their bytes together; so also the largest one.
    static let capsulesMax = 16
    static let capsuleMax = Capsule.sizeMax
    /// How long the end of a run waits for those that are being written.
    static let capsuleTime: Duration = .seconds(120)
    /// How long one crash may take to be explained, and the end of a run waits for it.
    static let explanationTime: Duration = .seconds(10)
    /// Crashes that wait to be explained, and explanations that are kept.
    static let explanationsMax = 32
    /// Of the event log, that wait for a disk that is slow; more of them are left out, and counted.
    static let eventLogWaitingMax = 64 << 20
    /// Lines that wait for a terminal which takes none, and how long the end of a run waits for it.
    static let notesWaitingMax = 1000
    static let terminalMax: Duration = .seconds(2)
    /// Connections to the control socket: those that have said nothing yet, how long they may take,
    /// and those that wait for their answer.
    static let controlAskersMax = 32
    static let controlPatience: Duration = .seconds(5)
    static let controlAnswersMax = 32
    /// Where there is no descriptor for another.
    static let controlPause: Duration = .milliseconds(100)
    /// Descriptors that a run needs beside those of its hosts: the program's own streams, its log,
    /// journal and capsules, the control socket and its askers, connections that are being made, and
    /// as many again for the program.
    static let descriptorsBeside = 192
    /// For a local host: its three streams. For one over SSH: the connection twice, and what a
    /// ProxyCommand takes.
    static let descriptorsLocal = 3
    static let descriptorsOverSSH = 4
    /// How often progress is recorded and shown.
    static let progressInterval: Duration = .milliseconds(250)
}
