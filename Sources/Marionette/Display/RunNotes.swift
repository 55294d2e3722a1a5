import Console
import Synchronization

/// What a run shows, and the thread that shows it: a terminal that takes nothing (Ctrl-S, a pipe that
/// nobody reads) holds up nobody. Lines wait; beyond a limit they are left out, and one line tells how
/// many when the terminal takes some again.
final class RunNotes: Sendable {
    private struct State {
        var waiting = 0
        var missing = 0
    }

    /// nil: nothing is shown.
    private let board: StatusBoard?
    private let showing = BackgroundJobs(limit: 1)
    private let state = Mutex(State())

    init(_ board: StatusBoard?) { self.board = board }

    /// A permanent line.
    func note(_ text: String) { show { $0.note(text) } }

    /// A permanent line after a Ctrl-C.
    func noteInterruption(_ text: String) { show { $0.noteInterruption(text) } }

    /// A live line. One that came too early is replaced soon: it may be left out.
    func update(_ key: String, _ text: String) {
        guard state.withLock({ $0.waiting == 0 }) else { return }
        show { $0.update(key, text) }
    }

    func finish(_ key: String, _ text: String) { show { $0.finish(key, text) } }

    func remove(_ key: String) { show { $0.remove(key) } }

    /// Waits until all is shown, but not for a terminal that stands still.
    func finish() { showing.wait(atMost: RunLimits.terminalMax) }

    private func show(_ change: @escaping @Sendable (StatusBoard) -> Void) {
        guard let board else { return }
        let missing: Int? = state.withLock { state in
            guard state.waiting < RunLimits.notesWaitingMax else {
                state.missing += 1
                return nil
            }
            state.waiting += 1
            defer { state.missing = 0 }
            return state.missing
        }
        guard let missing else { return }
        showing.add { [self] in
            if missing > 0 {
                board.note(
                    "\(missing) \(missing == 1 ? "line was" : "lines were") not shown:"
                        + " nobody read them")
            }
            change(board)
            state.withLock { $0.waiting -= 1 }
        }
    }
}
