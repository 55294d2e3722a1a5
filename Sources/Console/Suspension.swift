import Glibc
import Synchronization

/// Takes the live lines away before Ctrl-Z stops this process.
///
/// All of it happens in the signal's handler, which may do nothing but system calls.
enum Suspension {
    /// Where the bridge answers; -1: there is none.
    private static let answers = Atomic<Int32>(-1)
    private static let terminal = Atomic<Int32>(-1)
    /// No live lines any more.
    private static let isOver = Atomic<Bool>(false)
    /// How long the bridge may take, in milliseconds: a terminal may be stopped itself.
    private static let answerMax: Int32 = 1_000

    /// - Parameter answers: nil: the live lines are drawn by this process itself.
    static func watch(answers: Int32?, terminal: Int32) {
        self.answers.store(answers ?? -1, ordering: .releasing)
        self.terminal.store(terminal, ordering: .releasing)
        var action = sigaction()
        sigaction(SIGTSTP, nil, &action)
        // A program that stops in its own way, or not at all, is left alone.
        guard unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0 else {
            return
        }
        handle()
    }

    static func end() { isOver.store(true, ordering: .releasing) }

    private static func handle() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Suspension.stop() }
        action.sa_flags = Int32(SA_RESTART)
        sigaction(SIGTSTP, &action, nil)
    }

    private static func stop() {
        let saved = errno
        let answers = answers.load(ordering: .acquiring)
        let isOver = isOver.load(ordering: .acquiring)
        if isOver {
            // The terminal is as it is without us.
        } else if answers >= 0 {
            send("\u{1b}_marionette;h\u{1f}\u{1b}\\\u{1b}_marionette;a\u{1f}\u{1b}\\")
            var descriptor = pollfd(fd: answers, events: Int16(POLLIN), revents: 0)
            var byte: UInt8 = 0
            if poll(&descriptor, 1, answerMax) == 1 { _ = read(answers, &byte, 1) }
        } else {
            send("\u{1b}D\u{1b}[A\u{1b}7\u{1b}[m\u{1b}[B\r\u{1b}[J\u{1b}8")
        }
        signal(SIGTSTP, SIG_DFL)
        var stop = sigset_t()
        var before = sigset_t()
        sigemptyset(&stop)
        sigaddset(&stop, SIGTSTP)
        raise(SIGTSTP)
        // Here it stops.
        pthread_sigmask(SIG_UNBLOCK, &stop, &before)
        pthread_sigmask(SIG_SETMASK, &before, nil)
        handle()
        if !isOver, answers >= 0, !Terminal.isOfOthers(terminal.load(ordering: .acquiring)) {
            send("\u{1b}_marionette;s\u{1f}\u{1b}\\")
        }
        errno = saved
    }

    private static func send(_ text: StaticString) {
        _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }
}
