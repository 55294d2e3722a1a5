import Dispatch
import Glibc
import Scheduling
import Synchronization

/// The control socket of a run: `control` in its directory, for its user alone. Each connection
/// asks one thing.
///
/// Three things keep others out: the directory's mode (700), the socket's own (600), and the
/// asker's user as the kernel tells it.
final class ControlSocket: Sendable {
    /// Connections that are served at once; an asker beyond these waits.
    private static let askersMax = 8
    /// How long an asker may take to say what it wants.
    private static let patience = timeval(tv_sec: 5, tv_usec: 0)

    private let path: String
    private let descriptor: Int32
    private let queue: SubmissionQueue
    private let askers = BackgroundJobs(limit: ControlSocket.askersMax)
    private let isClosed = Atomic<Bool>(false)

    /// nil: the run has no directory.
    init?(_ start: RunStart) throws(RunError) {
        guard !start.description.directory.isEmpty else { return nil }
        path = "\(start.description.directory)/\(RunControl.fileName)"
        queue = start.master.queue
        descriptor = SocketAddress.makeSocket()
        guard descriptor >= 0 else {
            throw .systemCallFailed(name: "socket", reason: RunControl.lastReason)
        }
        // Before the path exists: the mode that it gets is this one, less the umask's bits.
        fchmod(descriptor, 0o600)
        guard SocketAddress.use(path, { bind(descriptor, $0, $1) }) == 0,
            listen(descriptor, 16) == 0
        else {
            let reason = RunControl.lastReason
            Glibc.close(descriptor)
            throw .controlUnusable(path: path, reason: reason)
        }
        try SystemThread.start("marionette-control") { [self] in serve() }
    }

    /// Nobody is answered from now on, and the path is gone.
    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        unlink(path)
        // Ends the accept(2) of the thread, which closes the descriptor.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func serve() {
        while !isClosed.load(ordering: .relaxed) {
            let asker = accept(descriptor, nil, nil)
            if asker < 0 {
                guard errno == EINTR || errno == ECONNABORTED else { break }
                continue
            }
            _ = fcntl(asker, F_SETFD, FD_CLOEXEC)
            askers.add { [self] in
                serve(asker)
                Glibc.close(asker)
            }
        }
        Glibc.close(descriptor)
    }

    private func serve(_ asker: Int32) {
        guard isOwn(asker) else { return }
        var patience = Self.patience
        setsockopt(
            asker, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let stream = ControlStream(descriptor: asker)
        guard let request = stream.receive(ControlRequest.self) else {
            _ = stream.send(ControlAnswer.refused("that is no request"))
            return
        }
        let waiter = ControlWaiter()
        let answer =
            queue.submit(.control(request, waiter))
            ? waiter.answer() : .refused("the run is ending")
        _ = stream.send(answer)
    }

    private func isOwn(_ asker: Int32) -> Bool {
        // struct ucred: process, user, group. Its name needs _GNU_SOURCE.
        var peer: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, .max, .max)
        var size = socklen_t(MemoryLayout.size(ofValue: peer))
        guard getsockopt(asker, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 else { return false }
        return peer.uid == geteuid()
    }
}

/// Where the I/O thread puts the answer that an asker's thread waits for. Every request is
/// answered, at the latest by the run's end, so that waiting needs no deadline.
final class ControlWaiter: Sendable {
    private let value = Mutex<ControlAnswer?>(nil)
    private let isAnswered = DispatchSemaphore(value: 0)

    /// The first answer counts.
    func answered(_ answer: ControlAnswer) {
        let isFirst = value.withLock { value in
            guard value == nil else { return false }
            value = answer
            return true
        }
        if isFirst { isAnswered.signal() }
    }

    func answer() -> ControlAnswer {
        isAnswered.wait()
        return value.withLock { $0 } ?? .refused("the run is ending")
    }
}
