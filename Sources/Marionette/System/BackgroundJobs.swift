import Driving
import Dispatch
import Scheduling
import Synchronization

/// Runs blocking jobs on a bounded number of threads, which exist only while there are jobs.
final class BackgroundJobs: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var threads = 0
    }

    private let limit: Int
    private let state = Mutex(State())
    private let open = DispatchGroup()

    init(limit: Int) { self.limit = limit }

    func add(_ job: @escaping @Sendable () -> Void) {
        open.enter()
        let needsThread = state.withLock { state in
            state.waiting.append(job)
            guard state.threads < limit else { return false }
            state.threads += 1
            return true
        }
        guard needsThread else { return }
        do throws(RunError) {
            try SystemThread.start("marionette-background") { [self] in work() }
        } catch {
            // The system has no thread left: late is better than never.
            work()
        }
    }

    /// Waits until every job has ended.
    func wait() { open.wait() }

    /// Waits until every job has ended, but not longer than `limit`.
    func wait(atMost limit: Duration) {
        _ = open.wait(timeout: .now() + .nanoseconds(Int(limit.nanoseconds)))
    }

    private func work() {
        while let job = next() {
            job()
            open.leave()
        }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.threads -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
