import Foundation

/// Starts a program under an emulator of QEMU's, whose stub listens on a socket in a directory that
/// its user alone can read, and carries gdb's words there and back.
public struct EmulatorStub {
    private let command: [String]
    private let input: String
    /// How long the emulator may take until it listens.
    private static let patience: Duration = .seconds(10)
    private static let pieceSize = 64 << 10

    /// - Parameters:
    ///   - command: the emulator with its arguments, then the program and its.
    ///   - input: a file, for the program's standard input.
    public init(command: [String], input: String) {
        self.command = command
        self.input = input
    }

    /// Returns when gdb or the program has ended; then neither program nor socket is left.
    public func carry() throws(DebuggingError) {
        let emulator = command.first ?? ""
        func failed(_ reason: String) -> DebuggingError {
            .stubFailed(emulator: emulator, reason: reason)
        }
        var name = Array("/tmp/marionette-stub-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw failed(String(cString: strerror(errno))) }
        let directory = String(
            decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let socket = "\(directory)/gdb"
        defer {
            unlink(socket)
            rmdir(directory)
        }
        guard let file = FileHandle(forReadingAtPath: input) else {
            throw failed("'\(input)' can't be read")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [emulator, "-g", socket] + command.dropFirst()
        process.standardInput = file
        process.standardOutput = FileHandle.nullDevice
        do { try process.run() } catch { throw failed(error.localizedDescription) }
        defer {
            process.terminate()
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let limit = ContinuousClock.now + Self.patience
        var connection = Self.connect(to: socket)
        while connection == nil, process.isRunning, ContinuousClock.now < limit {
            usleep(5_000)
            connection = Self.connect(to: socket)
        }
        guard let connection else { throw failed("it does not listen at '\(socket)'") }
        defer { close(connection) }
        Self.carry(between: connection)
    }

    private static func connect(to path: String) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if status == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    /// Until one side has ended.
    private static func carry(between connection: Int32) {
        var piece = [UInt8](repeating: 0, count: pieceSize)
        let ways = [(STDIN_FILENO, connection), (connection, STDOUT_FILENO)]
        while true {
            var entries = ways.map { pollfd(fd: $0.0, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, nfds_t(entries.count), -1) >= 0 || errno == EINTR else { return }
            for (entry, way) in zip(entries, ways) where entry.revents != 0 {
                let count = read(way.0, &piece, piece.count)
                guard count > 0 else { return }
                var rest = piece[..<count]
                while !rest.isEmpty {
                    let written = rest.withUnsafeBytes { write(way.1, $0.baseAddress, $0.count) }
                    guard written > 0 else { return }
                    rest = rest.dropFirst(written)
                }
            }
        }
    }
}
