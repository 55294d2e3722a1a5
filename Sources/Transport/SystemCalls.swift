import Glibc

/// The last error of the operating system in its words, in lower case as messages have it.
func lastErrorText(_ code: Int32 = errno) -> String {
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
}

/// Waits until one of the descriptors is ready, at most `limit`; sooner where a signal arrives.
///
/// - Returns: whether one is ready.
@discardableResult
public func poll(_ descriptors: [PollDescriptor], for limit: Duration) -> Bool {
    var entries = descriptors.map { descriptor in
        var events: Int32 = 0
        if descriptor.wantsRead { events |= POLLIN }
        if descriptor.wantsWrite { events |= POLLOUT }
        return pollfd(fd: descriptor.descriptor, events: Int16(events), revents: 0)
    }
    return Glibc.poll(&entries, nfds_t(entries.count), limit.pollMilliseconds) > 0
}

extension Duration {
    /// Rounded up, so that a short rest does not become a busy loop.
    var pollMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: min(seconds, 1_000_000) * 1_000 + fraction)
    }

    /// In whole seconds, at least 1.
    var wholeSeconds: Int { max(1, Int(components.seconds)) }
}

/// A descriptor that poll(2) always finds readable: it wakes a loop for bytes that were read
/// before.
enum AlwaysReadable {
    /// Open for as long as the process lives; -1 where there is no `/dev/null`.
    static let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
}
