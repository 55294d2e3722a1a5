import Foundation

/// A number that no other test has, in this process or another one on this machine, for as long as this
/// value lives.
///
/// It is the name of a socket, as the kernel keeps them for a network: whoever ends in any way lets
/// go of it. A file would outlive its maker, or stand in another temporary directory than theirs.
final class Reservation: Sendable {
    let number: Int
    private let socket: Int32

    /// The first of the numbers, from a random one on, that nobody has and that is `usable`; nil: none.
    init?(of purpose: String, in numbers: Range<Int>, where usable: (Int) -> Bool = { _ in true }) {
        let first = Int.random(in: numbers)
        for number in Array(first..<numbers.upperBound) + Array(numbers.lowerBound..<first) {
            guard let socket = Self.bound("marionette-test-\(purpose)-\(number)") else { continue }
            if usable(number) {
                (self.number, self.socket) = (number, socket)
                return
            }
            close(socket)
        }
        return nil
    }

    deinit { close(socket) }

    /// nil: somebody has this name.
    private static func bound(_ name: String) -> Int32? {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(AF_UNIX, kind, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A name that begins with a zero is no file.
        let bytes = [0] + Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size =
            MemoryLayout.size(ofValue: address) - MemoryLayout.size(ofValue: address.sun_path)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(size + bytes.count))
            }
        }
        if status == 0 { return socket }
        close(socket)
        return nil
    }
}
