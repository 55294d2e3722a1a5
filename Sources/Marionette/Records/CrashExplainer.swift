import Diagnostics
import JSONCoding
import RunRecords
import Synchronization
import Transport
import WireProtocol
import XDRCoding

/// Asks `marionette explain-crash` where a worker crashed, on threads of its own: the run goes on.
final class CrashExplainer: Sendable {
    private let command: [String]
    private let submit: @Sendable (Crash, CrashText) -> Void
    private let jobs = BackgroundJobs(limit: 2)
    private struct State {
        var waiting = 0
        /// Workers of one replica that crash in the same way say the same, their numbers apart.
        var known: [slave_crash: CrashText] = [:]
    }
    private let state = Mutex(State())

    init(_ start: RunStart) {
        command = start.description.explainer ?? []
        let queue = start.master.queue
        submit = { crash, text in _ = queue.submit(.explained(crash, text)) }
    }

    func explain(_ crash: Crash, _ said: slave_crash) {
        guard !command.isEmpty else { return }
        // A program whose every operation crashes does not become one that explains crashes.
        let isWanted = state.withLock { state in
            guard state.waiting < RunLimits.explanationsMax else { return false }
            state.waiting += 1
            return true
        }
        guard isWanted else { return }
        jobs.add { [self] in
            var key = said
            key.worker = 0
            key.process = 0
            let text = state.withLock { $0.known[key] } ?? ask(crash, said)
            state.withLock { state in
                state.waiting -= 1
                if state.known.count < RunLimits.explanationsMax { state.known[key] = text }
            }
            if let text { submit(crash, text) }
        }
    }

    /// Waits for those that are being explained.
    func wait() { jobs.wait(atMost: RunLimits.explanationTime) }

    private func ask(_ crash: Crash, _ said: slave_crash) -> CrashText? {
        var encoder = XDREncoder()
        guard (try? said.encode(to: &encoder)) != nil else { return nil }
        var limits = Transport.RunLimits()
        limits.silenceMax = RunLimits.explanationTime
        guard let here = try? StandardConnector().connect(to: .local, host: crash.host),
            let result = try? here.run(
                command + [crash.target], input: EncodedCrash(encoder.bytes), limits: limits),
            result.status == 0,
            let text = try? JSONReader.read(CrashText.self, from: result.output)
        else {
            return CrashText(cause: "its stack could not be read")
        }
        return text
    }
}

/// The command's input.
private final class EncodedCrash: ByteSource {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int {
        let part = rest.prefix(buffer.count)
        buffer.copyBytes(from: part)
        rest = rest.dropFirst(part.count)
        return part.count
    }
}
