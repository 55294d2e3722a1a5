import Driving
import Dispatch
import Glibc
import JSONCoding
import Scheduling
import Synchronization

/// The control socket of a run: `control` in its directory, for its user alone. Each connection
/// asks one thing.
///
/// Three things keep others out: the directory's mode (700), the socket's own (600), and the
/// asker's user as the kernel tells it.
///
/// One thread owns the listening descriptor, from its making to its closing, and the connections that
/// have not said yet what they want. Those are bounded in number and time, so that whoever connects
/// and says nothing keeps nobody else out.
final class ControlSocket: Sendable {
    private let path: String
    private let queue: SubmissionQueue
    private let answering = BackgroundJobs(limit: RunLimits.controlAnswersMax)
    private let open = Atomic<Int>(0)
    private let end: WakePipe
    private let isClosed = Atomic<Bool>(false)

    /// nil: the run has no directory.
    init?(_ start: RunStart) throws(RunError) {
        guard !start.description.directory.isEmpty else { return nil }
        path = "\(start.description.directory)/\(RunControl.fileName)"
        queue = start.master.queue
        end = try WakePipe()
        let listener = SocketAddress.makeSocket()
        guard listener >= 0 else {
            throw .systemCallFailed(name: "socket", reason: RunControl.lastReason)
        }
        // Before the path exists: the mode that it gets is this one, less the umask's bits.
        fchmod(listener, 0o600)
        // An asker that is gone by the time it is accepted shall not hold the thread.
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        guard SocketAddress.use(path, { bind(listener, $0, $1) }) == 0,
            listen(listener, SOMAXCONN) == 0
        else {
            let reason = RunControl.lastReason
            Glibc.close(listener)
            throw .controlUnusable(path: path, reason: reason)
        }
        try SystemThread.start("marionette-control") { [self] in serve(listener) }
    }

    /// Nobody is answered from now on, and the path is gone.
    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        unlink(path)
        end.wake()
    }

    // MARK: The thread

    private func serve(_ listener: Int32) {
        var askers = ControlAskers()
        defer {
            Glibc.close(listener)
            askers.closeAll()
        }
        while !isClosed.load(ordering: .relaxed) {
            var entries = [
                pollfd(fd: end.readEnd, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: askers.isPausing ? -1 : listener, events: Int16(POLLIN), revents: 0),
            ]
            entries += askers.entries
            _ = poll(&entries, nfds_t(entries.count), askers.milliseconds)
            if entries[1].revents != 0 { askers.accept(from: listener) }
            for (descriptor, line) in askers.read(entries.dropFirst(2)) {
                answer(descriptor, line)
            }
            askers.closeLate()
        }
    }

    /// An answer may take as long as a host takes to join: another thread waits for it.
    private func answer(_ asker: Int32, _ line: [UInt8]) {
        _ = fcntl(asker, F_SETFL, 0)
        let stream = ControlStream(descriptor: asker)
        guard let request = try? JSONReader.read(ControlRequest.self, from: line) else {
            _ = stream.send(ControlAnswer.refused("that is no request"))
            Glibc.close(asker)
            return
        }
        guard open.load(ordering: .relaxed) < RunLimits.controlAnswersMax else {
            _ = stream.send(ControlAnswer.refused("too many ask the run at once; ask again"))
            Glibc.close(asker)
            return
        }
        open.wrappingAdd(1, ordering: .relaxed)
        answering.add { [self] in
            if case .hold = request {
                hold(request, stream)
            } else {
                let waiter = ControlWaiter()
                let answer =
                    queue.submit(.control(request, waiter))
                    ? waiter.answer() : .refused("the run is ending")
                _ = stream.send(answer)
            }
            Glibc.close(asker)
            open.wrappingSubtract(1, ordering: .relaxed)
        }
    }

    /// Until the run ends the hold, or whoever asked is gone: it says nothing but that its debugger is
    /// there, by one byte.
    private func hold(_ request: ControlRequest, _ stream: ControlStream) {
        guard let wake = try? WakePipe() else {
            _ = stream.send(ControlAnswer.refused("the run has no descriptor left"))
            return
        }
        let waiter = ControlWaiter(wake)
        guard queue.submit(.control(request, waiter)) else {
            _ = stream.send(ControlAnswer.refused("the run is ending"))
            return
        }
        while true {
            var entries = [stream.descriptor, wake.readEnd].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&entries, 2, -1) > 0 else { continue }
            if entries[1].revents != 0 {
                wake.drain()
                for answer in waiter.takeAnswers() {
                    let isSent = stream.send(answer)
                    if case .held = answer, isSent { continue }
                    _ = queue.submit(.holdClosed(waiter))
                    return
                }
            }
            if entries[0].revents != 0 {
                var bytes = [UInt8](repeating: 0, count: 64)
                guard read(stream.descriptor, &bytes, bytes.count) > 0 else {
                    _ = queue.submit(.holdClosed(waiter))
                    return
                }
                _ = queue.submit(.holdAttached(waiter))
            }
        }
    }
}

/// Where the I/O thread puts the answer that an asker's thread waits for. Every request is
/// answered, at the latest by the run's end, so that waiting needs no deadline.
final class ControlWaiter: Sendable {
    private let answers = Mutex<[ControlAnswer]>([])
    private let isAnswered = DispatchSemaphore(value: 0)
    private let wake: WakePipe?

    /// - Parameter wake: woken by each answer.
    init(_ wake: WakePipe? = nil) { self.wake = wake }

    /// The first answer counts; where more are awaited, each of them.
    func answered(_ answer: ControlAnswer) {
        answers.withLock { $0.append(answer) }
        isAnswered.signal()
        wake?.wake()
    }

    func answer() -> ControlAnswer {
        isAnswered.wait()
        return answers.withLock { $0.first } ?? .refused("the run is ending")
    }

    func takeAnswers() -> [ControlAnswer] {
        answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
    }
}
