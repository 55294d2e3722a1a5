import CEpoll
import Driving
import Glibc
import Transport

/// Waits for the channels of all hosts at once and says which are ready: epoll(7), which is given only
/// what changed, so that a wake-up costs what is ready and not what is open.
///
/// Used by one thread. A channel stands at the index of its host.
final class ChannelPoller {
    private let epoll: Int32
    private let waker: Int32
    /// By host; empty where nothing is awaited.
    private var awaited: [[PollDescriptor]] = []
    /// The host that waits for a descriptor.
    private var owners: [Int32: Int] = [:]
    /// Hosts with a descriptor that is no matter of waiting: epoll(7) refuses files that are always
    /// ready.
    private var alwaysReady: Set<Int> = []
    private var events = [epoll_event](repeating: epoll_event(), count: 256)
    /// By host, so that each is named once.
    private var isNamed: [Bool] = []

    private static let wakerMark = UInt64.max

    /// - Parameter waker: a descriptor that ends each waiting once it is readable.
    init(waker: Int32) throws(RunError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        self.waker = waker
        guard epoll >= 0 else { throw Self.failure("epoll_create1") }
        // `deinit` closes it where this throws.
        guard control(EPOLL_CTL_ADD, waker, EPOLLIN.rawValue, Self.wakerMark) == 0 else {
            throw Self.failure("epoll_ctl")
        }
    }

    deinit { if epoll >= 0 { close(epoll) } }

    /// From now on this is awaited for the host, and nothing else.
    ///
    /// A channel may have closed a descriptor by itself, whose number is another channel's by now: hosts
    /// are to be given in the order in which their channels changed. Before a host is given another
    /// channel, nothing is to be awaited there.
    func wait(for descriptors: [PollDescriptor], at host: Int) {
        while awaited.count <= host {
            awaited.append([])
            isNamed.append(false)
        }
        guard awaited[host] != descriptors else { return }
        for former in awaited[host] where owners[former.descriptor] == host {
            guard !descriptors.contains(where: { $0.descriptor == former.descriptor }) else {
                continue
            }
            owners[former.descriptor] = nil
            _ = control(EPOLL_CTL_DEL, former.descriptor, 0, 0)
        }
        awaited[host] = descriptors
        alwaysReady.remove(host)
        for descriptor in descriptors where !add(descriptor, at: host) { alwaysReady.insert(host) }
    }

    /// false: it can't be waited for, and counts as ready; what is wrong with it, if anything, its channel
    /// says.
    private func add(_ wanted: PollDescriptor, at host: Int) -> Bool {
        let events =
            (wanted.wantsRead ? EPOLLIN.rawValue : 0) | (wanted.wantsWrite ? EPOLLOUT.rawValue : 0)
        let isKnown = owners[wanted.descriptor] != nil
        for operation in isKnown ? [EPOLL_CTL_MOD, EPOLL_CTL_ADD] : [EPOLL_CTL_ADD, EPOLL_CTL_MOD] {
            if control(operation, wanted.descriptor, events, UInt64(host)) == 0 {
                owners[wanted.descriptor] = host
                return true
            }
            // The number is that of another file by now.
            guard errno == ENOENT || errno == EEXIST else { break }
        }
        owners[wanted.descriptor] = nil
        return false
    }

    /// Waits until a channel is ready, or the waker, at most so long; -1: for ever.
    ///
    /// - Parameter hosts: those that are ready, none twice.
    /// - Returns: whether the waker is.
    func wait(milliseconds: Int32, into hosts: inout [Int]) -> Bool {
        hosts.removeAll(keepingCapacity: true)
        let limit = alwaysReady.isEmpty ? milliseconds : 0
        let count = Int(epoll_wait(epoll, &events, Int32(events.count), limit))
        var isWoken = false
        for event in events.prefix(max(0, count)) {
            if event.data.u64 == Self.wakerMark {
                isWoken = true
            } else {
                name(Int(event.data.u64), &hosts)
            }
        }
        for host in alwaysReady { name(host, &hosts) }
        for host in hosts { isNamed[host] = false }
        return isWoken
    }

    /// Waits for the waker alone.
    func waitForWaker(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: waker, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    private func name(_ host: Int, _ hosts: inout [Int]) {
        guard !isNamed[host] else { return }
        isNamed[host] = true
        hosts.append(host)
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ events: UInt32, _ mark: UInt64
    ) -> Int32 {
        var event = epoll_event()
        event.events = events
        event.data.u64 = mark
        return epoll_ctl(epoll, operation, descriptor, &event)
    }

    private static func failure(_ name: String) -> RunError {
        .systemCallFailed(name: name, reason: String(cString: strerror(errno)))
    }
}
