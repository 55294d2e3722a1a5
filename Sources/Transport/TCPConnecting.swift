import Glibc

/// A TCP connection made with a time limit, each address of the name tried in turn.
///
/// libssh's own connecting keeps to the first address that is not refused at once, so that a name
/// with an IPv6 and an IPv4 address fails where only the second answers.
struct TCPConnecting {
    var address: String
    var port: Int
    var family: SSHOptions.AddressFamily
    /// This side's end: an address or a name, or else an interface; nil: as the system has it.
    var bindAddress: String?
    var bindInterface: String?
    var deadline: ContinuousClock.Instant

    /// A host that is silent is found dead after idle + interval × count seconds.
    private static let keepAliveIdle: Int32 = 15
    private static let keepAliveInterval: Int32 = 5
    private static let keepAliveCount: Int32 = 3

    /// - Returns: a connected descriptor that does not block.
    func connect(
        host: String, cancellation: Cancellation
    ) throws(TransportError) -> Int32 {
        var reason = "no address"
        var list: UnsafeMutablePointer<addrinfo>?
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_family =
            switch family {
            case .any: AF_UNSPEC
            case .inet: AF_INET
            case .inet6: AF_INET6
            }
        let code = getaddrinfo(address, String(port), &hints, &list)
        guard code == 0 else {
            throw .unreachable(
                host: host, reason: "no address for '\(address)' (\(resolverText(code)))")
        }
        defer { freeaddrinfo(list) }
        var next = list
        while let entry = next?.pointee {
            switch attempt(entry, cancellation) {
            case .success(let descriptor): return descriptor
            case .failure(let failure): reason = failure.text
            }
            guard !cancellation.isCancelled else { throw .cancelled(host: host) }
            next = entry.ai_next
        }
        throw .unreachable(host: host, reason: "\(reason) (\(address) port \(port))")
    }

    private struct Failure: Error { var text: String }

    private func attempt(
        _ entry: addrinfo, _ cancellation: Cancellation
    ) -> Result<Int32, Failure> {
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(
            entry.ai_family, entry.ai_socktype | flags, entry.ai_protocol)
        guard descriptor >= 0 else { return .failure(Failure(text: lastErrorText())) }
        if let failure = bind(descriptor, entry.ai_family)
            ?? connect(descriptor, entry, cancellation)
        {
            close(descriptor)
            return .failure(failure)
        }
        set(descriptor, SOL_TCP, TCP_NODELAY, 1)
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(descriptor, SOL_TCP, TCP_KEEPIDLE, Self.keepAliveIdle)
        set(descriptor, SOL_TCP, TCP_KEEPINTVL, Self.keepAliveInterval)
        set(descriptor, SOL_TCP, TCP_KEEPCNT, Self.keepAliveCount)
        return .success(descriptor)
    }

    /// As ssh does, where the configuration says which end this side has.
    private func bind(_ descriptor: Int32, _ family: Int32) -> Failure? {
        if let bindAddress { return bind(descriptor, family, to: bindAddress) }
        if let bindInterface { return bind(descriptor, family, toInterface: bindInterface) }
        return nil
    }

    private func bind(_ descriptor: Int32, _ family: Int32, to address: String) -> Failure? {
        var list: UnsafeMutablePointer<addrinfo>?
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_family = family
        hints.ai_flags = AI_PASSIVE
        let code = getaddrinfo(address, nil, &hints, &list)
        guard code == 0, let entry = list?.pointee else {
            return Failure(text: "'BindAddress \(address)': \(resolverText(code))")
        }
        defer { freeaddrinfo(list) }
        if Glibc.bind(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 { return nil }
        return Failure(text: "'BindAddress \(address)': \(lastErrorText())")
    }

    /// An address that others can reach comes before one of this machine alone.
    private func bind(_ descriptor: Int32, _ family: Int32, toInterface name: String) -> Failure? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return Failure(text: lastErrorText()) }
        defer { freeifaddrs(list) }
        let size =
            family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        var addresses: [UnsafeMutablePointer<sockaddr>] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, Int32(address.pointee.sa_family) == family,
                entry.ifa_flags & UInt32(IFF_UP) != 0, String(cString: entry.ifa_name) == name
            else { continue }
            addresses.append(address)
        }
        guard let address = addresses.first(where: { !isOfThisLink($0) }) ?? addresses.first else {
            return Failure(text: "'BindInterface \(name)' has no such address")
        }
        if Glibc.bind(descriptor, address, socklen_t(size)) == 0 { return nil }
        return Failure(text: "'BindInterface \(name)': \(lastErrorText())")
    }

    /// The loopback's, or one that is valid on one link.
    private func isOfThisLink(_ address: UnsafeMutablePointer<sockaddr>) -> Bool {
        let bytes = UnsafeRawBufferPointer(start: address, count: MemoryLayout<sockaddr_in6>.size)
        guard Int32(address.pointee.sa_family) == AF_INET6 else {
            return bytes[4..<8].elementsEqual([127, 0, 0, 1])
        }
        let isLoopback = bytes[8..<23].allSatisfy { $0 == 0 } && bytes[23] == 1
        return isLoopback || bytes[8] == 0xfe && bytes[9] & 0xc0 == 0x80
    }

    private func connect(
        _ descriptor: Int32, _ entry: addrinfo, _ cancellation: Cancellation
    ) -> Failure? {
        if Glibc.connect(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 { return nil }
        guard errno == EINPROGRESS else { return Failure(text: lastErrorText()) }
        let awaited = PollDescriptor(descriptor: descriptor, wantsRead: false, wantsWrite: true)
        let clock = ContinuousClock()
        while !poll([awaited], for: .zero) {
            if clock.now >= deadline { return Failure(text: "no answer in time") }
            if cancellation.isCancelled { return Failure(text: "it was cancelled") }
            cancellation.wait(for: [awaited], atMost: deadline - clock.now)
        }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        return code == 0 ? nil : Failure(text: lastErrorText(code))
    }

    private func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private func resolverText(_ code: Int32) -> String {
        let text = String(cString: gai_strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
