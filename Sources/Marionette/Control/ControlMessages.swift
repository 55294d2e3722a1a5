import Driving
import Glibc
import JSONCoding
import RunRecords

/// A run's control socket, from the outside.
public enum RunControl {
    static let fileName = "control"

    /// Asks the run whose directory this is, and waits for its answer.
    ///
    /// - Throws: `runUnanswering` where no run listens there.
    public static func ask(
        _ request: ControlRequest, of directory: String
    ) throws(RunError) -> ControlAnswer {
        let descriptor = try connection(to: directory)
        defer { close(descriptor) }
        return try answer(to: request, over: descriptor, directory)
    }

    /// Asks the run to hold a process, and waits until it does. Then the connection is open.
    public static func hold(
        _ request: HoldRequest, of directory: String
    ) throws(RunError) -> (answer: ControlAnswer, connection: HoldConnection) {
        let descriptor = try connection(to: directory)
        do throws(RunError) {
            let answer = try answer(to: .hold(request), over: descriptor, directory)
            return (answer, HoldConnection(descriptor: descriptor))
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func connection(to directory: String) throws(RunError) -> Int32 {
        let descriptor = SocketAddress.makeSocket()
        guard descriptor >= 0 else { throw .systemCallFailed(name: "socket", reason: lastReason) }
        guard
            SocketAddress.use("\(directory)/\(fileName)", { connect(descriptor, $0, $1) }) == 0
        else {
            let reason = lastReason
            close(descriptor)
            throw .runUnanswering(directory: directory, reason: reason)
        }
        return descriptor
    }

    private static func answer(
        to request: ControlRequest, over descriptor: Int32, _ directory: String
    ) throws(RunError) -> ControlAnswer {
        let stream = ControlStream(descriptor: descriptor)
        guard stream.send(request), let answer = stream.receive(ControlAnswer.self) else {
            throw .runUnanswering(directory: directory, reason: "it ended")
        }
        return answer
    }

    /// Removes the socket of a run that was killed.
    public static func removeIfDead(directory: String) {
        let path = "\(directory)/\(fileName)"
        guard access(path, F_OK) == 0 else { return }
        let descriptor = SocketAddress.makeSocket()
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if SocketAddress.use(path, { connect(descriptor, $0, $1) }) != 0, errno == ECONNREFUSED {
            unlink(path)
        }
    }

    static var lastReason: String { String(cString: strerror(errno)) }
}

/// A process stands still as long as this connection is open. Other programs can inherit it.
public struct HoldConnection: Sendable {
    public let descriptor: Int32

    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// Whoever this process becomes, or starts, has it too.
    public func survive() { _ = fcntl(descriptor, F_SETFD, 0) }

    /// A debugger is there: it has any time from now on.
    public func tellAttached() { _ = send(descriptor, "+", 1, Int32(MSG_NOSIGNAL)) }

    /// The process goes on, whoever else has the connection.
    public func end() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Why the hold has ended, if it has, or does within that time.
    public func reason(within limit: Duration) -> String? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Int32(limit / .milliseconds(1))) > 0 else { return nil }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var line: [UInt8] = []
        guard ControlStream(descriptor: descriptor).receive(into: &line) == .whole,
            case .refused(let text)? = try? JSONReader.read(ControlAnswer.self, from: line)
        else { return nil }
        return text
    }
}

/// The address of a socket with a path of any length.
enum SocketAddress {
    /// -1 where none can be made.
    static func makeSocket() -> Int32 {
        socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    /// A longer path than the address has room for is reached through a descriptor of its
    /// directory. `body` returns what its system call does; -1 where the path can't be reached.
    static func use(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count >= room else { return use(&address, path, body) }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { path[...$0] } ?? "."
        let name = path[(slash.map(path.index(after:)) ?? path.startIndex)...]
        let directory = open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return -1 }
        defer { close(directory) }
        return use(&address, "/proc/self/fd/\(directory)/\(name)", body)
    }

    private static func use(
        _ address: inout sockaddr_un, _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Lines of JSON over a connected socket.
struct ControlStream {
    /// Of one line.
    private static let lineMax = 256 << 10

    let descriptor: Int32

    func send(_ value: some Encodable) -> Bool {
        guard var line = try? JSONWriter.text(value) else { return false }
        line.append(UInt8(ascii: "\n"))
        return line.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                // Whoever asked may be gone, which is no SIGPIPE.
                let count = Glibc.send(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done,
                    Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }

    enum Received { case whole, more, ended }

    /// What is there of a line, where reading does not block.
    func receive(into line: inout [UInt8]) -> Received {
        var piece = [UInt8](repeating: 0, count: 4096)
        while line.last != UInt8(ascii: "\n") {
            guard line.count < Self.lineMax else { return .ended }
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return .more }
            guard count > 0 else { return .ended }
            line += piece[..<count]
        }
        return .whole
    }

    /// nil where no whole line came that can be read.
    func receive<Value: Decodable>(_ type: Value.Type) -> Value? {
        var line: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while line.last != UInt8(ascii: "\n"), line.count < Self.lineMax {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            line += piece[..<count]
        }
        return try? JSONReader.read(type, from: line)
    }
}
