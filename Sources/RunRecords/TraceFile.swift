import Glibc
import JSONCoding

/// Writes the events of a trace beside their file and then puts them in its place.
final class TraceFile {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var waiting: [UInt8] = Array("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[".utf8)
    private var isFirst = true
    /// The first thing that went wrong.
    private var error: RunRecordsError?

    init(path: String) throws(RunRecordsError) {
        self.path = path
        temporary = "\(path).new"
        // The trace is renamed into its place: a device or a pipe would be gone then, and a
        // directory would refuse it at the end of the run.
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            descriptor = -1
            throw .traceUnwritable(
                path: path, reason: isDirectory ? "it is a directory" : "it is not a regular file")
        }
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .traceUnwritable(path: path, reason: String(cString: strerror(errno)))
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        // Gone already where it was put in its place.
        unlink(temporary)
    }

    /// `process_name`, `thread_name`.
    func metadata(_ kind: String, process: Int, thread: Int? = nil, _ name: String) {
        var event = TraceEvent(name: kind, ph: "M", pid: process, tid: thread)
        event.args.name = name
        append(event)
    }

    func slice(_ slice: TraceLayout.Slice, process: Int, thread: Int) {
        var event = TraceEvent(name: slice.procedure, ph: "X", pid: process, tid: thread)
        event.ts = Double(slice.start)
        event.dur = Double(slice.end - slice.start)
        event.args.operation = slice.place
        event.args.attempt = slice.attempt
        event.args.outcome = slice.outcome
        append(event)
    }

    func instant(_ instant: RunTrace.Instantaneous, process: Int, thread: Int) {
        let source = instant.event
        var event = TraceEvent(
            name: instant.outcome.map { "operation \($0)" } ?? source.kind.rawValue, ph: "i",
            pid: process, tid: thread)
        event.s = "t"
        event.ts = (source.t * 1e6).rounded()
        event.args = TraceEvent.Arguments(source.content)
        event.args.operation = instant.operation ?? event.args.operation
        append(event)
    }

    private func append(_ event: TraceEvent) {
        guard error == nil, let text = try? JSONWriter.text(event) else { return }
        waiting.append(contentsOf: isFirst ? "\n".utf8 : ",\n".utf8)
        waiting.append(contentsOf: text)
        isFirst = false
        if waiting.count >= 1 << 20 { flush() }
    }

    /// - Throws: what went wrong until now; the file is then as it was before.
    func finish() throws(RunRecordsError) {
        waiting.append(contentsOf: "\n]}\n".utf8)
        flush()
        if error == nil, rename(temporary, path) != 0 { fail() }
        if let error { throw error }
    }

    private func flush() {
        var done = 0
        waiting.withUnsafeBytes { bytes in
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return fail() }
                done += count
            }
        }
        waiting.removeAll(keepingCapacity: true)
    }

    private func fail() {
        error = error ?? .traceUnwritable(path: path, reason: String(cString: strerror(errno)))
    }
}

/// One object of `traceEvents`.
private struct TraceEvent: Encodable {
    var name: String
    var ph: String
    var pid: Int
    var tid: Int?
    /// Microseconds.
    var ts: Double?
    var dur: Double?
    /// An instant's scope: `t`, its thread.
    var s: String?
    var args = Arguments()

    init(name: String, ph: String, pid: Int, tid: Int?) {
        self.name = name
        self.ph = ph
        self.pid = pid
        self.tid = tid
    }

    struct Arguments: Encodable {
        var name: String?
        var operation: OperationPlace?
        var procedure: String?
        var attempt: UInt32?
        var outcome: String?
        var process: Int32?
        var position: UInt64?
        var shared: String?
        var version: UInt64?
        var bytes: Int?
        var text: String?

        init() {}

        init(_ content: RunEvent.Content) {
            switch content {
            case .hello(let hello):
                process = hello.process
                text = hello.build
            case .workerStarted(let start):
                process = start.process
                position = start.position
            case .workerEnded(let end):
                process = end.process
                text = end.how
                procedure = end.executing?.procedure
                attempt = end.executing?.attempt
                operation = end.executing?.operation
            case .operations(let operations):
                procedure = operations.procedure
                outcome = operations.outcome.rawValue
            case .operationRetried(let retry):
                procedure = retry.procedure
                operation = retry.operation
                attempt = retry.attempt
                text = retry.cause.rawValue
            case .operationDoubled(let doubling):
                procedure = doubling.procedure
                operation = doubling.operation
                attempt = doubling.attempt
            case .operationFailed(let failure):
                procedure = failure.procedure
                outcome = failure.kind?.rawValue
                text = failure.text
            case .transfer(let transfer):
                shared = transfer.shared
                version = transfer.version
                bytes = transfer.bytes
            case .log(let line):
                procedure = line.procedure
                operation = line.operation
                text = line.text
            case .hostLost(let loss): text = loss.reason
            case .update(let update):
                position = update.position
                bytes = update.bytes
                switch update.change {
                case .context(let name): procedure = name
                case .shared(let name): shared = name
                }
            case .gap(let gap): text = gap.text
            case .end(let end):
                outcome = end.outcome?.rawValue
                text = end.text
            case .start, .host, .hostLeft, .hostProgress, .progress, .draining: break
            }
        }
    }
}
