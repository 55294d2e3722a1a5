import Glibc

/// A socket that libssh was given, and a second descriptor of it that libssh does not know.
///
/// libssh closes a descriptor that it was given where the peer goes away, and nowhere else; nor
/// does it tell. By then the number may be that of another file. The second descriptor is ours
/// alone: while it is open, no other file can have the socket's inode.
struct LentSocket {
    private let lent: Int32
    /// For polling and options.
    let anchor: Int32

    /// Takes the descriptor over; nil where the process has no more.
    init?(_ descriptor: Int32) {
        lent = descriptor
        anchor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        if anchor < 0 {
            Glibc.close(descriptor)
            return nil
        }
    }

    /// Ends the connection for whoever holds the socket, and wakes whoever polls it.
    func shutdown() { Glibc.shutdown(anchor, Int32(SHUT_RDWR)) }

    /// Once libssh no longer uses it.
    func close() {
        var ours = stat()
        var theirs = stat()
        fstat(anchor, &ours)
        let isOpen = fstat(lent, &theirs) == 0
        if isOpen, ours.st_ino == theirs.st_ino, ours.st_dev == theirs.st_dev { Glibc.close(lent) }
        Glibc.close(anchor)
    }
}
