import Driving
import RunRecords

/// The trace that a run writes at its end.
struct TraceOrder {
    private let log: String
    private let output: String

    /// Tells at once where it can't be written, before anything starts.
    init?(log: String?, output: String?) throws(RunError) {
        guard let log, let output else { return nil }
        self.log = log
        self.output = output
        do throws(RunRecordsError) { try RunTrace.check(output) } catch { throw .record(error) }
    }

    func write() throws(RunError) {
        do throws(RunRecordsError) { try RunTrace.write(log: log, to: output) } catch {
            throw .record(error)
        }
    }
}
