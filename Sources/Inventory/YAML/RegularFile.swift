import Foundation

/// A file that is read whole. A pipe would be waited for, a device may have no end: what is no
/// regular file is refused.
enum RegularFile {
    /// `a pipe`; nil: it is a regular file, or is not there.
    static func otherKind(_ path: String) -> String? {
        var status = stat()
        return stat(path, &status) == 0 ? otherKind(status) : nil
    }

    private static func otherKind(_ status: stat) -> String? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a directory"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }

    /// - Throws: a sentence without a subject.
    static func read(_ path: String, max: Int) throws(RegularFileFault) -> Data {
        // Without waiting: opening a pipe waits for a writer.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RegularFileFault(reason: String(cString: strerror(errno)).lowercased())
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw RegularFileFault(reason: String(cString: strerror(errno)).lowercased())
        }
        if let kind = otherKind(status) {
            throw RegularFileFault(reason: "it is \(kind), and no regular file")
        }
        let data: Data
        do {
            data = try handle.read(upToCount: max + 1) ?? Data()
        } catch {
            throw RegularFileFault(reason: Inventory.reason(of: error))
        }
        guard data.count <= max else {
            throw RegularFileFault(reason: "it is larger than \(max) bytes")
        }
        return data
    }
}

struct RegularFileFault: Error { var reason: String }
