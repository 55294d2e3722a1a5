import Diagnostics
import RunRecords
import Testing

/// Each message that a user can meet, whole.
private let texts: [(RunRecordsError, String)] = [
    (
        .runDescriptionUnreadable(path: "run.json", reason: "no such file"),
        """
        error: the run description 'run.json' can't be read: no such file
          help: marionette run
        """
    ),
    (
        .runDescriptionUnwritable(path: "run.json", reason: "disk full"),
        "error: the run description 'run.json' can't be written: disk full"
    ),
    (
        .eventLogUnreadable(path: "runs/1/events.jsonl", reason: "no such file"),
        "error: the event log 'runs/1/events.jsonl' can't be read: no such file"
    ),
    (
        .traceUnwritable(path: "trace.json", reason: "disk full"),
        "error: the trace 'trace.json' can't be written: disk full"
    ),
    (
        .capsuleUnreadable(path: "capsule-1", reason: "it is cut off or damaged"),
        "error: the capsule 'capsule-1' can't be read: it is cut off or damaged"
    ),
]

@Test(arguments: texts)
func `each error of a record is told in these words, and is one of configuration`(
    error: RunRecordsError, text: String
) {
    #expect(error.diagnostic.rendered == text)
    #expect(error.exitCode == .configuration)
    #expect(text.hasPrefix("error: \(error)"))
}
