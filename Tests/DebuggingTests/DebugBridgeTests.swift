import Foundation
import TestKit
import Testing
import Transport

@testable import Debugging

/// Real gdb and real gdbserver with the bridge between them, on a process of this machine.
@Suite(.serialized) struct DebugBridgeTests {
    @Test func `gdb sees lines and variables, and the worker goes on after it`() throws {
        let clockwork = try Clockwork()
        let session = try Session(on: clockwork)
        let gdb = try session.startDebugger([
            "--batch", "-ex", "break tick", "-ex", "continue", "-ex", "backtrace", "-ex",
            "print turns > 0", "-ex", "detach",
        ])
        try session.carry()
        try gdb.waitForEnd()
        #expect(gdb.output.contains("clockwork.c:5"), "\(gdb.told)")
        #expect(gdb.output.contains("$1 = 1"), "\(gdb.told)")
        try clockwork.expectLife()
    }

    @Test(arguments: ["rare", "tick"])
    func `the worker goes on when gdb is killed with a breakpoint set`(function: String) throws {
        let clockwork = try Clockwork()
        let session = try Session(on: clockwork)
        let gdb = try session.startDebugger(["-ex", "break \(function)", "-ex", "continue"])
        // The breakpoint at `tick` is reached: it dies with the worker stopped; the other one is
        // not: it dies while the worker runs.
        let sign = function == "tick" ? "Breakpoint 1, tick" : "Continuing."
        Thread.detachNewThread {
            try? gdb.waitForText(sign)
            gdb.signal(SIGKILL)
        }
        try session.carry()
        try clockwork.expectLife()
    }

    @Test func `Ctrl-C stops a worker that leads no process group`() throws {
        let clockwork = try Clockwork()
        let session = try Session(on: clockwork)
        let gdb = try session.startDebugger(["-ex", "continue"])
        Thread.detachNewThread {
            try? gdb.waitForText("Continuing.")
            gdb.signal(SIGINT)
            try? gdb.waitForText("received signal SIGINT")
            gdb.send("quit\n")
        }
        try session.carry()
        #expect(gdb.output.contains("received signal SIGINT"), "\(gdb.told)")
        try clockwork.expectLife()
    }

    @Test func `the worker goes on when the bridge is told to end`() throws {
        let clockwork = try Clockwork()
        let session = try Session(on: clockwork)
        let gdb = try session.startDebugger(["-ex", "break rare", "-ex", "continue"])
        Thread.detachNewThread {
            try? gdb.waitForText("Continuing.")
            session.tellToEnd()
        }
        try session.carry()
        gdb.end()
        try clockwork.expectLife()
    }

    @Test func `a process that is gone is told in gdbserver's words`() throws {
        let clockwork = try Clockwork()
        clockwork.process.end()
        try clockwork.process.waitForEnd()
        let session = try Session(on: clockwork, hasDebugger: false)
        let error = #expect(throws: AttachError.self) { try session.carry() }
        #expect(
            error?.diagnostic.summary.hasPrefix("host 'here': gdbserver could not attach: ") == true
        )
    }
}

/// A bridge whose one side is a socket that gdb is told to connect to.
private final class Session: Sendable {
    private let clockwork: pid_t
    private let program: String
    private let directory: TemporaryDirectory
    private let listener: Int32
    private let hasDebugger: Bool
    private let stop: (read: Int32, write: Int32)

    private var socketPath: String { "\(directory.path)/gdb" }

    init(on clockwork: Clockwork, hasDebugger: Bool = true) throws {
        self.hasDebugger = hasDebugger
        self.clockwork = clockwork.identifier
        program = clockwork.program
        directory = try TemporaryDirectory("bridge")
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        stop = (ends[0], ends[1])
        // No child that another test starts has what ends this bridge.
        for descriptor in ends { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size)
            }
        }
        try #require(status == 0 && listen(listener, 1) == 0)
    }

    deinit { for descriptor in [listener, stop.read, stop.write] { close(descriptor) } }

    func startDebugger(_ arguments: [String]) throws -> TestProcess {
        let command =
            ["gdb", "-nx", "-q", program, "-ex", "set pagination off", "-ex"]
            + ["target remote \(socketPath)"] + arguments
        return try TestProcess(command)
    }

    /// Attaches and carries until gdbserver has ended.
    func carry() throws {
        let connection = try StandardConnector().connect(to: .local, host: "here")
        defer { connection.close() }
        var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        // Where no gdb comes the bridge has no one to talk to: its input ends at once.
        let debugger =
            poll(&entry, 1, hasDebugger ? 600_000 : 0) > 0
            ? accept(listener, nil, nil) : open("/dev/null", O_RDWR)
        defer { close(debugger) }
        _ = fcntl(debugger, F_SETFD, FD_CLOEXEC)
        var bridge = try DebugBridge(
            to: clockwork, server: "/usr/bin/gdbserver", over: connection, input: debugger,
            output: debugger, stop: stop.read, farewellMax: .seconds(300))
        try bridge.carry()
    }

    func tellToEnd() { _ = write(stop.write, "x", 1) }
}
