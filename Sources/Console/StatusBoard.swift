import Diagnostics
import Glibc
import Synchronization

/// The lines a user sees while something works: one live line for each phase, permanent lines above
/// them.
///
/// Everything goes to standard error, so that standard output carries results only. A key names a
/// live line; its part before the first dot is what stands at the head of the line. Whatever could
/// steer a terminal is taken out of every text.
public final class StatusBoard: Sendable {
    private enum Medium {
        /// No terminal, or one that others write to.
        case plain(PlainLayout)
        /// A terminal that nobody else writes to.
        case screen(TerminalScreen)
        case bridge(TerminalCapture, isInBackground: Bool)
    }

    private let medium: Mutex<Medium>
    private let descriptor: Int32

    /// The board of the command's standard error.
    public static let standard = StatusBoard(descriptor: STDERR_FILENO)

    /// The board of a program that `marionette run` has started.
    ///
    /// Only the bridge that it started before can show live lines: the program writes to the same
    /// terminal.
    public static let ofProgram = StatusBoard(
        descriptor: STDERR_FILENO,
        TerminalCapture.ofThisProcess.map { .bridge($0, isInBackground: false) }
            ?? .plain(PlainLayout()))

    /// - Parameter columns: the terminal's width; asked of the terminal itself where nil.
    public convenience init(descriptor: Int32, isTerminal: Bool? = nil, columns: Int? = nil) {
        guard isTerminal ?? Terminal.isCapable(descriptor) else {
            self.init(descriptor: descriptor, .plain(PlainLayout()))
            return
        }
        let size = Terminal.size(of: descriptor)
        let screen = TerminalScreen(columns: columns ?? size.columns, rows: size.rows)
        self.init(descriptor: descriptor, .screen(screen))
    }

    private init(descriptor: Int32, _ medium: Medium) {
        self.descriptor = descriptor
        self.medium = Mutex(medium)
        switch medium {
        case .plain: break
        case .screen: Suspension.watch(answers: nil, terminal: descriptor)
        case .bridge(let capture, _):
            Suspension.watch(answers: capture.answers, terminal: capture.terminal)
        }
    }

    /// Sets the live line of `key`.
    public func update(_ key: String, _ text: String) {
        show(.update(key: key.neutral, text: text.neutral))
    }

    /// Replaces the live line of `key` by a permanent one.
    public func finish(_ key: String, _ text: String) {
        show(.finish(key: key.neutral, text: text.neutral))
    }

    /// Takes the live line of `key` away.
    public func remove(_ key: String) {
        show(.remove(key: key.neutral))
    }

    /// Prints permanent lines above the live ones.
    public func note(_ text: String) {
        show(.note(text.neutralLines))
    }

    /// Prints permanent lines after a Ctrl-C, over what the terminal shows of that.
    public func noteInterruption(_ text: String) {
        show(.interruption(text.neutralLines))
    }

    /// Shows the live lines that came too early, where their time has come. For whoever updates them
    /// by events, which may be minutes apart: the last one before a long silence is the one that says
    /// what takes so long.
    public func refresh() { refresh(now: Terminal.now) }

    func refresh(now: Double) {
        medium.withLock { medium in
            switch medium {
            case .plain(var layout):
                let text = layout.refresh(now: now)
                medium = .plain(layout)
                if !text.isEmpty { Terminal.write(Array(text.utf8), to: descriptor) }
            case .screen(let screen): draw(screen, now: now, in: &medium)
            case .bridge: break  // It draws when it is time.
            }
        }
    }

    /// Draws what is due, and writes it.
    private func draw(_ screen: TerminalScreen, now: Double, in medium: inout Medium) {
        var screen = screen
        if let next = screen.nextDrawing, next <= now { screen.draw(now: now) }
        let bytes = screen.takeBytes()
        medium = .screen(screen)
        Terminal.write(bytes, to: descriptor)
    }

    /// Starts the bridge that lets what this process becomes write to the terminal too.
    ///
    /// - Parameter bridge: the command that executes `TerminalBridge.run`.
    public func putBridge(_ bridge: [String]) {
        medium.withLock { medium in
            guard case .screen = medium, let capture = TerminalCapture(bridge: bridge) else {
                return
            }
            medium = .bridge(capture, isInBackground: false)
            Suspension.watch(answers: capture.answers, terminal: capture.terminal)
        }
        closeAtExit()
    }

    /// Takes the live lines away for good. Returns when all that was printed is on the terminal;
    /// then the process writes to that itself again.
    public func close() {
        let capture = medium.withLock { medium -> TerminalCapture? in
            guard case .bridge(let capture, _) = medium else { return nil }
            medium = .plain(PlainLayout())
            return capture
        }
        capture?.giveBack()
    }

    /// Does that when the process exits, wherever it does.
    public func closeAtExit() {
        Self.closing.withLock { boards in
            if boards.isEmpty {
                atexit { for board in StatusBoard.closing.withLock(\.self) { board.close() } }
            }
            boards.append(self)
        }
    }

    private static let closing = Mutex<[StatusBoard]>([])

    private func show(_ message: BoardMessage) {
        medium.withLock { medium in
            let now = Terminal.now
            switch medium {
            case .plain(var layout):
                let text = layout.apply(message, now: now)
                medium = .plain(layout)
                Terminal.write(Array(text.utf8), to: descriptor)
            case .screen(var screen):
                let size = Terminal.size(of: descriptor)
                screen.resize(columns: size.columns, rows: size.rows)
                screen.apply(message, now: now)
                draw(screen, now: now, in: &medium)
            case .bridge(let capture, let wasInBackground):
                // A shell has the terminal meanwhile.
                let isInBackground = Terminal.isOfOthers(capture.terminal)
                medium = .bridge(capture, isInBackground: isInBackground)
                var bytes = message.bytes
                if isInBackground != wasInBackground {
                    bytes += (isInBackground ? BoardMessage.hide : .show).bytes
                }
                guard !Terminal.write(bytes, to: descriptor) else { return }
                // The bridge is gone.
                medium = .plain(PlainLayout())
                capture.giveBack()
            }
        }
    }
}

extension PlainLayout {
    /// Returns what to print.
    mutating func apply(_ message: BoardMessage, now: Double) -> String {
        switch message {
        case .update(let key, let text): return update(key, text, now: now)
        case .finish(let key, let text): return finish(key, text)
        case .remove(let key): remove(key)
        case .note(let text), .interruption(let text): return text + "\n"
        case .hide, .show, .answer, .end: break
        }
        return ""
    }
}

extension String {
    /// Each line neutral.
    fileprivate var neutralLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).neutral }
            .joined(separator: "\n")
    }
}
