import Glibc

/// An SSH agent of which some keys alone are seen (draft-miller-ssh-agent).
///
/// libssh offers a host every key that the agent has, in the agent's order: a host that counts the
/// attempts refuses before the right one comes, and learns which others there are. With
/// `IdentitiesOnly` it gets a socket whose other end, a thread, shortens the agent's list.
final class SSHAgentFilter: Sendable {
    private let agent: Int32
    private let near: Int32
    private let allowed: Set<[UInt8]>

    private static let identitiesAnswer: UInt8 = 12
    private static let messageSizeMax = 256 << 10
    private static let stackSize = 256 << 10

    private init(agent: Int32, near: Int32, allowed: Set<[UInt8]>) {
        self.agent = agent
        self.near = near
        self.allowed = allowed
    }

    deinit {
        close(agent)
        close(near)
    }

    /// - Parameter allowed: public keys, as SSH transmits them.
    /// - Returns: a socket that is the agent to whoever has it, until it is closed; nil: there is no
    ///   agent at `path`.
    static func open(path: String, allowed: Set<[UInt8]>) -> Int32? {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let agent = socket(AF_UNIX, kind, 0)
        guard agent >= 0 else { return nil }
        var ends: [Int32] = [-1, -1]
        guard connect(agent, to: path), socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            close(agent)
            return nil
        }
        let filter = SSHAgentFilter(agent: agent, near: ends[0], allowed: allowed)
        guard filter.start() else {
            close(ends[1])
            return nil
        }
        return ends[1]
    }

    private static func connect(_ descriptor: Int32, to path: String) -> Bool {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let isFitting = withUnsafeMutableBytes(of: &name.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard isFitting else { return false }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, size) == 0
            }
        }
    }

    /// In a thread, which ends with the socket that was given away: libssh blocks its own meanwhile.
    private func start() -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        let filter = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<SSHAgentFilter>.fromOpaque(argument).takeRetainedValue().serve()
                return nil
            }, filter.toOpaque())
        if code != 0 { filter.release() }
        return code == 0
    }

    private func serve() {
        while let request = Self.message(from: near) {
            guard Self.send(request, to: agent), let answer = Self.message(from: agent),
                Self.send(Self.shortened(answer, to: allowed), to: near)
            else { return }
        }
    }

    /// An answer without the keys that are not allowed. What is not well formed has none.
    static func shortened(_ answer: [UInt8], to allowed: Set<[UInt8]>) -> [UInt8] {
        guard answer.first == identitiesAnswer else { return answer }
        var rest = answer.dropFirst(5)
        var kept: [UInt8] = []
        var count: UInt32 = 0
        while let key = string(&rest), let comment = string(&rest) {
            guard allowed.contains(Array(key.dropFirst(4))) else { continue }
            kept += key + comment
            count += 1
        }
        return [identitiesAnswer] + withUnsafeBytes(of: count.bigEndian, Array.init) + kept
    }

    /// Takes a string with its length.
    private static func string(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard bytes.count >= 4 else { return nil }
        let size = 4 + Int(length(bytes.prefix(4)))
        guard bytes.count >= size else { return nil }
        defer { bytes = bytes.dropFirst(size) }
        return bytes.prefix(size)
    }

    private static func length(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    // MARK: Bytes

    private static func message(from descriptor: Int32) -> [UInt8]? {
        guard let head = read(4, from: descriptor) else { return nil }
        let size = Int(length(head))
        guard size <= messageSizeMax else { return nil }
        return read(size, from: descriptor)
    }

    private static func read(_ count: Int, from descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let size = bytes.withUnsafeMutableBytes { room in
                recv(descriptor, room.baseAddress.map { $0 + done }, count - done, 0)
            }
            if size < 0, errno == EINTR { continue }
            guard size > 0 else { return nil }
            done += size
        }
        return bytes
    }

    private static func send(_ message: [UInt8], to descriptor: Int32) -> Bool {
        let bytes = withUnsafeBytes(of: UInt32(message.count).bigEndian, Array.init) + message
        var done = 0
        while done < bytes.count {
            let size = bytes.withUnsafeBytes { room in
                Glibc.send(
                    descriptor, room.baseAddress.map { $0 + done }, bytes.count - done,
                    Int32(MSG_NOSIGNAL))
            }
            if size < 0, errno == EINTR { continue }
            guard size > 0 else { return false }
            done += size
        }
        return true
    }
}
