import Foundation
import TestKit

/// Waits until `condition` holds; false after a time that no load of the machine reaches.
func eventually(within seconds: Double = 600, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if try condition() { return true }
        if ContinuousClock.now > deadline { return false }
        usleep(2_000)
    }
}

/// A real slave at the other end of a socket pair, and the test as its master.
final class SlaveProcess {
    struct TimedOut: Error { let errors: String }
    struct Ended: Error { let status: Int32?; let errors: String }

    let process: pid_t
    private(set) var wire: Int32
    /// In the environment of every process of this slave, and of nothing else.
    let marker = UUID().uuidString
    private let errorFile: String
    private var unread: [UInt8] = []
    private var gathered: [UInt8]?
    private var nextXID: UInt32 = 100
    private var replies: [UInt32: Reply] = [:]
    private(set) var events: [SlaveEvent] = []
    private var exitStatus: Int32?

    init(_ kind: ProbeKind = .native, _ arguments: [String] = ["--serve"]) throws {
        var ends: [Int32] = [-1, -1]
        // A slave that another test starts at this moment would keep both ends, and hide the end of
        // either side.
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        errorFile = ProbeBuild.directory + "/" + marker
        wire = ends[0]
        let command = try ProbeBuild.command(kind) + arguments
        process = try Self.spawn(command, standard: ends[1], errors: errorFile, marker: marker)
        close(ends[1])
    }

    deinit {
        closeWire()
        if exitStatus == nil { kill(process, SIGKILL) }
        _ = try? status()
        unlink(errorFile)
    }

    private static func spawn(
        _ command: [String], standard: Int32, errors: String, marker: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, standard, 0)
        posix_spawn_file_actions_adddup2(&actions, standard, 1)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var environment = ProcessInfo.processInfo.environment
        environment["MARIONETTE_PROBE_MARKER"] = marker
        environment["TMPDIR"] = ProbeBuild.directory
        // The sanitizers must leave crashes to the slave, or every one would be "exited with 1".
        environment["ASAN_OPTIONS"] =
            "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:handle_sigill=0"
        var argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, command[0], &actions, nil, &argv, &envp)
        guard code == 0 else { throw Ended(status: code, errors: String(cString: strerror(code))) }
        return process
    }

    // MARK: Its end

    /// Its log so far.
    var errors: String { (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? "" }

    func closeWire() {
        if wire >= 0 { close(wire) }
        wire = -1
    }

    var hasEnded: Bool {
        if exitStatus != nil { return true }
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { return false }
        exitStatus = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
        return true
    }

    /// Its exit status, as a shell tells it, once it has ended.
    func status() throws -> Int32 {
        guard eventually({ hasEnded }), let exitStatus else { throw TimedOut(errors: errors) }
        return exitStatus
    }

    /// The living processes of this slave, found by the marker in their environment.
    var processes: [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.filter { process in
            String(decoding: procFile("/proc/\(process)/environ"), as: UTF8.self).contains(marker)
        }.sorted()
    }

    /// Collects the relay, if it has ended, and tells whether nothing of the slave lives.
    var isGone: Bool {
        if exitStatus == nil { _ = try? status() }
        return eventually { processes.isEmpty }
    }

    // MARK: Sending

    /// What is sent there goes in one write.
    func together<Value>(_ body: () -> Value) -> Value {
        gathered = []
        let value = body()
        let bytes = gathered ?? []
        gathered = nil
        send(bytes)
        return value
    }

    func send(_ bytes: [UInt8]) {
        guard gathered == nil else {
            gathered! += bytes
            return
        }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(
                    wire, $0.baseAddress! + offset, bytes.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            offset += count
        }
    }

    /// Bytes on their way to the relay.
    var unreadByPeer: Int32 {
        var count: Int32 = 0
        return ioctl(wire, UInt(TIOCOUTQ), &count) == 0 ? count : -1
    }

    func sendRecord(_ body: [UInt8]) {
        send(XDRBytes.of(0x8000_0000 | UInt32(body.count)) + body)
    }

    func callBytes(
        _ xid: UInt32, program: UInt32, procedure: UInt32, credential: [UInt8]? = nil,
        _ arguments: [UInt8]
    ) -> [UInt8] {
        var head = XDRBytes.of(xid, 0, 2, program, 1, procedure)
        if let credential {
            head += XDRBytes.of(Program.operationFlavor) + XDRBytes.opaque(credential)
        } else {
            head += XDRBytes.of(0, 0)
        }
        return head + XDRBytes.of(0, 0) + arguments
    }

    func takeXID() -> UInt32 {
        nextXID += 1
        return nextXID
    }

    @discardableResult
    func call(_ procedure: SlaveCall, _ arguments: [UInt8] = []) -> UInt32 {
        let xid = takeXID()
        sendRecord(
            callBytes(
                xid, program: Program.slave, procedure: procedure.rawValue, arguments))
        return xid
    }

    @discardableResult
    func operate(
        _ operation: Operation, at position: UInt64 = 0, _ arguments: [UInt8] = [],
        deadline microseconds: UInt64 = 0
    ) -> UInt32 {
        let xid = takeXID()
        var credential = XDRBytes()
        credential.long(position)
        credential.word(1)
        credential.long(microseconds)
        sendRecord(
            callBytes(
                xid, program: Program.probe, procedure: operation.rawValue,
                credential: credential.bytes, arguments))
        return xid
    }

    // MARK: Receiving

    private func readMore() throws {
        var entry = pollfd(fd: wire, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 600_000) > 0 else { throw TimedOut(errors: errors) }
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        let count = read(wire, &chunk, chunk.count)
        guard count > 0 else { throw Ended(status: try? status(), errors: errors) }
        unread += chunk[..<count]
    }

    /// The size of the first record, if all of it has been read.
    private var whole: Int? {
        var cursor = XDRCursor(Array(unread.prefix(4)))
        guard let mark = try? cursor.word() else { return nil }
        let size = Int(mark & 0x7fff_ffff)
        return unread.count >= 4 + size ? size : nil
    }

    private func record() throws -> [UInt8] {
        while true {
            if let size = whole {
                defer { unread.removeFirst(4 + size) }
                return Array(unread[4..<4 + size])
            }
            try readMore()
        }
    }

    private func receive() throws {
        switch try SlaveMessage(record()) {
        case .reply(let reply): replies[reply.xid] = reply
        case .event(let event): events.append(event)
        }
    }

    /// The reply to that call; others that come first are kept.
    func reply(to xid: UInt32) throws -> Reply {
        while true {
            if let reply = replies.removeValue(forKey: xid) { return reply }
            try receive()
        }
    }

    /// Reads on until an event is there that `match` likes.
    func event<Value>(_ match: (SlaveEvent) -> Value?) throws -> Value {
        while true {
            if let found = events.lazy.compactMap(match).first { return found }
            try receive()
        }
    }

    /// What user code has written, as far as it has come.
    var printed: [SlaveOutput] {
        var entry = pollfd(fd: wire, events: Int16(POLLIN), revents: 0)
        while wire >= 0, whole != nil || poll(&entry, 1, 0) > 0 {
            guard (try? receive()) != nil else { break }
        }
        return events.compactMap { if case .printed(let output) = $0 { output } else { nil } }
    }

    func hasReply(to xid: UInt32) -> Bool { replies[xid] != nil }
}
