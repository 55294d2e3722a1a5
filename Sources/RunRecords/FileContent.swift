import Glibc

/// Files read and written as a whole.
package enum FileContent {
    package struct Fault: Error {
        package let reason: String

        init(_ reason: String) { self.reason = reason }

        /// As errno tells it.
        static func last(_ code: Int32 = errno) -> Fault {
            Fault(code == ENOENT ? "no such file" : String(cString: strerror(code)))
        }
    }

    /// - Parameter sizeMax: a larger file is refused.
    package static func read(_ path: String, atMost sizeMax: Int = .max) throws(Fault) -> [UInt8] {
        // A pipe under that name shall not hold us up.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw .last() }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Fault("it is not a regular file")
        }
        guard status.st_size <= sizeMax else {
            throw Fault("it has more than \(sizeMax >> 20) MiB")
        }
        var fault: Fault?
        let content = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { bytes, done in
            while done < bytes.count {
                let rest = UnsafeMutableBufferPointer(rebasing: bytes[done...])
                let count = Glibc.read(file, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                if count < 0 { fault = .last() }
                // Shorter than it was: whoever reads it finds what is missing.
                guard count > 0 else { break }
                done += count
            }
        }
        if let fault { throw fault }
        return content
    }

    /// Readable by its user alone; under that name there is a whole file, the new one or the
    /// former.
    package static func replace(_ path: String, by content: [UInt8]) throws(Fault) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .last() }
        let isWhole = content.write(to: file) == content.count && fsync(file) == 0
        var code = errno
        close(file)
        if isWhole {
            if rename(temporary, path) == 0 { return }
            code = errno
        }
        unlink(temporary)
        throw .last(code)
    }
}

extension [UInt8] {
    /// How many of them the file took: all, as long as its disk has room; else errno tells why.
    package func write(to file: Int32) -> Int {
        withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = Glibc.write(file, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                done += count
            }
            return done
        }
    }
}
