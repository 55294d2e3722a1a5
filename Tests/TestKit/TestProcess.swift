import Foundation
import Synchronization

/// A program that a test runs: in a process group of its own, with its outputs collected while it
/// runs, and a deadline on every wait. It is killed with its group when the test lets go of it.
///
/// Not Foundation's `Process`, for the reason that `TestShell` tells.
public final class TestProcess: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
        public init(description: String) { self.description = description }
    }

    public enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openStreams = 2
        var ending: Ending?
        var input: Int32
    }

    public let command: [String]
    public let identifier: pid_t
    private let changed = NSCondition()
    private let state: Mutex<State>

    /// - Parameters:
    ///   - environment: changes to that of the tests; nil removes a variable.
    public init(
        _ command: [String], directory: String? = nil, environment: [String: String?] = [:]
    ) throws {
        self.command = command
        let spawned = try Spawn(command, directory: directory, environment: environment)
        identifier = spawned.identifier
        state = Mutex(State(input: spawned.input))
        read(spawned.output, into: \.output)
        read(spawned.errors, into: \.errors)
        Thread.detachNewThread { [identifier, self] in
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            change { $0.ending = signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal) }
        }
    }

    /// Runs a program to its end.
    public static func run(
        _ command: [String], directory: String? = nil, environment: [String: String?] = [:],
        within seconds: Double = 900
    ) throws -> TestProcess {
        let process = try TestProcess(command, directory: directory, environment: environment)
        process.closeInput()
        try process.waitForEnd(within: seconds)
        return process
    }

    // MARK: What it said

    public var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    public var errors: String { state.withLock { String(decoding: $0.errors, as: UTF8.self) } }
    public var ending: Ending? { state.withLock { $0.ending } }

    /// -1 where it runs or a signal ended it.
    public var status: Int32 { if case .exited(let status) = ending { status } else { -1 } }

    // MARK: Waiting

    @discardableResult
    public func waitForEnd(within seconds: Double = 900) throws -> Ending {
        try wait(within: seconds, for: "its end") { $0.ending != nil && $0.openStreams == 0 }
        return ending ?? .exited(-1)
    }

    /// Waits until it has printed a text, to either stream.
    public func waitForText(_ text: String, within seconds: Double = 600) throws {
        let isThere = { (bytes: [UInt8]) in String(decoding: bytes, as: UTF8.self).contains(text) }
        try wait(within: seconds, for: "'\(text)'") { state in
            // One that has ended will not say it any more.
            isThere(state.output) || isThere(state.errors)
                || (state.ending != nil && state.openStreams == 0)
        }
        guard isThere(Array(output.utf8)) || isThere(Array(errors.utf8)) else {
            throw Failure(description: "ended without '\(text)': \(told)")
        }
    }

    /// Waits until its standard output is as a test wants it.
    public func wait(
        within seconds: Double = 600, for what: String, output isReached: (String) -> Bool
    ) throws {
        try wait(within: seconds, for: what) { state in
            isReached(String(decoding: state.output, as: UTF8.self))
                || (state.ending != nil && state.openStreams == 0)
        }
    }

    private func wait(
        within seconds: Double, for what: String, state isReached: (State) -> Bool
    ) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        changed.lock()
        defer { changed.unlock() }
        while !state.withLock({ isReached($0) }) {
            guard changed.wait(until: deadline) else {
                throw Failure(description: "waited \(seconds) s for \(what): \(told)")
            }
        }
    }

    /// The command, how it ended, and the end of what it printed.
    public var told: String {
        let tail = { (text: String) in String(text.suffix(4000)) }
        return """
            \(command.joined(separator: " ")): \(ending.map { "\($0)" } ?? "runs")
            \(tail(output))
            \(tail(errors))
            """
    }

    // MARK: Acting

    public func send(_ text: String) {
        let bytes = Array(text.utf8)
        state.withLock { state in
            // A socket, so that a program that is gone is no SIGPIPE.
            if state.input >= 0 {
                _ = Glibc.send(state.input, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            }
        }
    }

    public func closeInput() {
        state.withLock { state in
            if state.input >= 0 { close(state.input) }
            state.input = -1
        }
    }

    /// To the program alone.
    public func signal(_ number: Int32) {
        // Its number may be somebody else's since.
        if ending == nil { kill(identifier, number) }
    }

    /// To its process group, as a terminal does it for Ctrl-C.
    public func signalGroup(_ number: Int32) {
        // While one of the group is left, nobody else gets its number. A process that has it when ours
        // has ended is another one, with a group of its own.
        if ending != nil, kill(identifier, 0) == 0 { return }
        kill(-identifier, number)
    }

    /// Kills what is left of it and its group; also at the end of a test that failed.
    public func end() {
        signalGroup(SIGKILL)
        closeInput()
    }

    // MARK: Reading

    private func read(_ descriptor: Int32, into stream: WritableKeyPath<State, [UInt8]> & Sendable)
    {
        Thread.detachNewThread { [self] in
            var piece = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = Glibc.read(descriptor, &piece, piece.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                change { $0[keyPath: stream] += piece[..<count] }
            }
            close(descriptor)
            change { $0.openStreams -= 1 }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        changed.lock()
        state.withLock { body(&$0) }
        changed.broadcast()
        changed.unlock()
    }
}
