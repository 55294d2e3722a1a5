import Foundation
import TestKit

/// Addresses that stand before a real sshd: each passes so many bytes of it on, slowly or not, and
/// then is silent and keeps the connection, as seeded.
final class HalfHandshakes: Sendable {
    /// What a client meets.
    struct Manner: Sendable {
        /// Of what the server says; 0: nothing is.
        var bytesMax: Int
        /// Before each piece.
        var milliseconds: Int32
    }

    let ports: [Int]
    private let listeners: [Int32]

    init(_ manners: [Manner], before server: TestSSHServer) throws {
        var listeners: [Int32] = []
        var ports: [Int] = []
        for manner in manners {
            let (listener, port) = try Self.listen()
            listeners.append(listener)
            ports.append(port)
            let target = UInt16(server.port)
            Thread.detachNewThread {
                while true {
                    let client = accept(listener, nil, nil)
                    if client >= 0 {
                        Thread.detachNewThread { Self.serve(client, target, manner) }
                    } else if errno == EINVAL {
                        // It was shut down. Who closed it elsewhere would let this thread accept what
                        // comes to the next one that gets its number.
                        close(listener)
                        return
                    } else {
                        poll(nil, 0, 1)
                    }
                }
            }
        }
        self.listeners = listeners
        self.ports = ports
    }

    /// Wakes the listeners' threads, which then end.
    deinit {
        for listener in listeners { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    private static func listen() throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) + Glibc.listen(listener, 64)
                    + getsockname(listener, pointer, &size)
            }
        }
        guard code == 0 else { throw TestProcess.Failure(description: "no port: \(errno)") }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func serve(_ client: Int32, _ port: UInt16, _ manner: Manner) {
        defer { close(client) }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(server) }
        var address = loopback(port: port)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { return }
        var rest = manner.bytesMax
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            var both = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: rest > 0 ? server : -1, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&both, 2, 600_000) > 0 else { return }
            if both[0].revents != 0 {
                let count = read(client, &piece, piece.count)
                guard count > 0 else { return }
                _ = send(server, piece, count, Int32(MSG_NOSIGNAL))
            }
            if both[1].revents != 0 {
                let count = read(server, &piece, min(piece.count, rest))
                guard count > 0 else { return }
                rest -= count
                poll(nil, 0, manner.milliseconds)
                _ = send(client, piece, count, Int32(MSG_NOSIGNAL))
            }
        }
    }
}
