import Glibc
import Scheduling

/// Connections to the control socket that have not said yet what they want: so many, for so long. The
/// one that has been silent for the longest gives way to a new one.
struct ControlAskers {
    private struct Asker {
        let descriptor: Int32
        let until: Instant
        var line: [UInt8] = []
    }

    private var askers: [Asker] = []
    /// The process or the system had no descriptor left: until then nobody is accepted.
    private var pausesUntil: Instant?

    var isPausing: Bool { pausesUntil != nil }

    var entries: [pollfd] {
        askers.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    }

    /// Until something is due; -1: nothing is.
    var milliseconds: Int32 {
        guard let first = (askers.map(\.until) + [pausesUntil].compactMap(\.self)).min() else {
            return -1
        }
        return Int32(clamping: (first.nanoseconds(since: RunClock.now) + 999_999) / 1_000_000)
    }

    mutating func accept(from listener: Int32) {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else {
            // Whoever waits is accepted when there is room again. That no connection is there, or
            // no longer, is no reason to pause.
            if ![EINTR, EAGAIN, ECONNABORTED].contains(errno) {
                pausesUntil = RunClock.now.advanced(by: RunLimits.controlPause)
            }
            return
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        guard Self.isOwn(descriptor) else {
            close(descriptor)
            return
        }
        if askers.count == RunLimits.controlAskersMax { close(askers.removeFirst().descriptor) }
        askers.append(
            Asker(
                descriptor: descriptor,
                until: RunClock.now.advanced(by: RunLimits.controlPatience)))
    }

    /// Reads what is there; returns those that have said what they want, which are the caller's then.
    mutating func read(_ entries: ArraySlice<pollfd>) -> [(descriptor: Int32, line: [UInt8])] {
        let ready = Set(entries.filter { $0.revents != 0 }.map(\.fd))
        var asked: [(descriptor: Int32, line: [UInt8])] = []
        askers = askers.compactMap { asker in
            guard ready.contains(asker.descriptor) else { return asker }
            var asker = asker
            switch ControlStream(descriptor: asker.descriptor).receive(into: &asker.line) {
            case .whole:
                asked.append((asker.descriptor, asker.line))
                return nil
            case .more: return asker
            case .ended:
                close(asker.descriptor)
                return nil
            }
        }
        return asked
    }

    /// Those that said nothing in their time.
    mutating func closeLate() {
        let now = RunClock.now
        if let until = pausesUntil, until <= now { pausesUntil = nil }
        askers.removeAll { asker in
            if asker.until <= now { close(asker.descriptor) }
            return asker.until <= now
        }
    }

    func closeAll() { for asker in askers { close(asker.descriptor) } }

    private static func isOwn(_ asker: Int32) -> Bool {
        // struct ucred: process, user, group. Its name needs _GNU_SOURCE.
        var peer: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, .max, .max)
        var size = socklen_t(MemoryLayout.size(ofValue: peer))
        guard getsockopt(asker, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 else { return false }
        return peer.uid == geteuid()
    }
}
