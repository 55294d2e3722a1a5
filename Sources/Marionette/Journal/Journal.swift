import Driving
import Digests
import Dispatch
import RunRecords
import Scheduling
import Synchronization

/// The journal as the I/O thread sees it: a bounded queue of notes, and a thread of its own that
/// writes them in batches and answers through the run's submission queue.
///
/// Notes are handled in the order in which they were given: an operation's result is never in the
/// file without the updates before it.
final class Journal: Sendable {
    private struct State {
        var notes: [JournalNote] = []
        var bytes = 0
        var isClosing = false
        /// The I/O thread waits for room.
        var isAwaited = false
    }

    /// What each note costs beside its bytes.
    private static let noteCost = 256

    /// What the run began with, until it is taken: later ones are not looked for.
    private let index: Mutex<JournalIndex?>
    private let path: String
    private let queue: SubmissionQueue
    private let state = Mutex(State())
    private let wakes = DispatchSemaphore(value: 0)
    private let ended = DispatchGroup()

    /// - Throws: `journalExists`, `journalMissing`, `journalUnusable`, `journalDamaged`,
    ///   `journalUnwritable`, `journalNotBegun`.
    init?(_ start: RunStart) throws(RunError) {
        guard let order = start.description.journal else { return nil }
        try order.check()
        let file = try JournalFile(
            path: order.path, application: start.description.application,
            interfaceHash: start.description.interfaceHash.lowercased(), resume: order.resume)
        index = Mutex(order.resume ? try file.index() : nil)
        path = order.path
        queue = start.master.queue
        let box = UncheckedFile(file: file)
        ended.enter()
        try SystemThread.start("marionette-journal") { [self] in
            work(box)
            ended.leave()
        }
    }

    /// What the journal's thread remembers.
    private struct Progress {
        /// Of the updates so far.
        var position: Position = 0
        var history = JournalSeal.beginning
        /// The notes of `once` operations that this run has made, until they end.
        var notes: [OperationPlace: Int64] = [:]
    }

    /// Safe because: the file is made, handed to its one thread, and never touched by another.
    private final class UncheckedFile: @unchecked Sendable {
        private var file: JournalFile?
        init(file: JournalFile) { self.file = file }

        func take() -> JournalFile? {
            defer { file = nil }
            return file
        }
    }

    // MARK: For the I/O thread

    /// Once: whoever takes it has the only copy.
    func takeIndex() -> JournalIndex {
        index.withLock { index in
            defer { index = nil }
            return index ?? JournalIndex()
        }
    }

    func add(_ note: JournalNote) {
        let wakes = state.withLock { state in
            state.notes.append(note)
            state.bytes += note.bytes + Self.noteCost
            return state.notes.count == 1
        }
        if wakes { self.wakes.signal() }
    }

    /// Whether more waits to be written than may; `Submission.journalHasRoom` tells when no longer.
    var isFull: Bool {
        state.withLock { state in
            state.isAwaited = state.bytes > RunLimits.journalWaitingMax
            return state.isAwaited
        }
    }

    /// Returns when everything is written.
    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosing = true }
            return !state.isClosing
        }
        if isFirst { wakes.signal() }
        ended.wait()
    }

    // MARK: The journal's thread

    /// The file is closed when this returns.
    private func work(_ box: UncheckedFile) {
        guard let file = box.take() else { return }
        var progress = Progress()
        while true {
            wakes.wait()
            let (notes, isClosing) = state.withLock { state in
                defer { state.notes = [] }
                return (state.notes, state.isClosing)
            }
            do throws(RunError) {
                try write(notes, into: file, &progress)
            } catch {
                // Whoever asked something is answered by the run's end.
                _ = queue.submit(.journalFailed(error))
                return
            }
            let isAwaited = state.withLock { state in
                state.bytes -= notes.reduce(0) { $0 + $1.bytes + Self.noteCost }
                defer { state.isAwaited = false }
                return state.isAwaited
            }
            if isAwaited { _ = queue.submit(.journalHasRoom) }
            // What was added since the notes were taken woke this thread again.
            guard !isClosing else { return }
        }
    }

    private func write(
        _ notes: [JournalNote], into file: JournalFile, _ progress: inout Progress
    ) throws(RunError) {
        guard !notes.isEmpty else { return }
        let isDurable = notes.contains { if case .intent = $0 { true } else { false } }
        var answers: [Submission] = []
        // What differs ends the run, but what is before it stays written.
        var difference: RunError?
        try file.transaction(durably: isDurable) { () throws(RunError) in
            for note in notes {
                do throws(RunError) {
                    try write(note, into: file, &progress, &answers)
                } catch {
                    guard case .diverged = error else { throw error }
                    difference = error
                    return
                }
            }
        }
        for answer in answers { _ = queue.submit(answer) }
        if let difference { throw difference }
    }

    private func write(
        _ note: JournalNote, into file: JournalFile, _ progress: inout Progress,
        _ answers: inout [Submission]
    ) throws(RunError) {
        switch note {
        case .update(let position, let name, let bytes):
            try write(update: position, name, bytes, into: file, &progress)
        case .recall(let call, let procedure, let row):
            answers.append(.recalled(call, try recall(call, procedure, row, from: file)))
        case .intent(let call, let procedure, let host, let name, let attempt):
            if progress.notes[call.place] == nil {
                progress.notes[call.place] = try file.add(
                    JournalIntent(
                        place: try place(of: call), signature: signature(call, procedure),
                        isOrdered: call.call.isOrdered, host: name))
            }
            answers.append(.intended(host, attempt))
        case .result(let call, let procedure, let host, let bytes):
            try put(.result(bytes), call, procedure, host, into: file, &progress)
        case .failure(let call, let procedure, let host, let text):
            try put(.failure(text), call, procedure, host, into: file, &progress)
        case .withdrawn(let call, let procedure):
            try put(.withdrawn, call, procedure, "", into: file, &progress)
        }
    }

    private func write(
        update position: Position, _ name: String, _ bytes: [UInt8], into file: JournalFile,
        _ progress: inout Progress
    ) throws(RunError) {
        precondition(position == progress.position + 1)
        let digest = Digest.of(bytes)
        var fields = JournalFields("update")
        fields.add(Int64(position))
        fields.add(name)
        fields.add(digest.bytes)
        let history = progress.history.followed(by: fields)
        progress.position = position
        progress.history = history
        guard let recorded = try file.update(position) else {
            try file.add(update: position, name: name, digest: digest, history: history)
            return
        }
        guard recorded.name != name || recorded.digest != digest.bytes else {
            guard recorded.history == history.bytes else {
                throw .journalDamaged(path: path, place: "row \(position) of 'revision'")
            }
            return
        }
        let known = Digest(bytes: recorded.digest)?.short ?? "?"
        throw .diverged(
            journal: path, place: "update \(position)",
            recorded: "'\(recorded.name)', content \(known)",
            came: "'\(name)', content \(digest.short)")
    }

    private func recall(
        _ call: CalledOperation, _ procedure: String, _ row: JournalIndex.Row,
        from file: JournalFile
    ) throws(RunError) -> JournalMemory {
        let recorded: JournalSignature
        let memory: JournalMemory
        switch row {
        case .operation(let number):
            (recorded, memory) = Self.memory(try file.operation(number))
        case .note(let number):
            if let ending = try file.ending(ofNote: number) {
                (recorded, memory) = Self.memory(ending)
            } else {
                let note = try file.note(number)
                (recorded, memory) = (note.signature, .sent(host: note.host))
            }
        }
        let came = signature(call, procedure)
        guard recorded == came else {
            throw .diverged(
                journal: path, place: "operation \(call.place)", recorded: recorded.text,
                came: came.text)
        }
        return memory
    }

    private static func memory(_ row: JournalRow) -> (JournalSignature, JournalMemory) {
        switch row.ending {
        case .result(let bytes): (row.signature, .result(bytes, host: row.host))
        case .failure(let text): (row.signature, .failed(reason: text, host: row.host))
        case .withdrawn: preconditionFailure("nothing is looked for that was not executed")
        }
    }

    private func put(
        _ ending: JournalRow.Ending, _ call: CalledOperation, _ procedure: String, _ host: String,
        into file: JournalFile, _ progress: inout Progress
    ) throws(RunError) {
        let note = progress.notes.removeValue(forKey: call.place)
        precondition((note != nil) == (call.traits.kind == .once))
        try file.put(
            JournalRow(
                place: try place(of: call), signature: signature(call, procedure),
                isOrdered: call.call.isOrdered, host: host, note: note ?? 0, ending: ending))
    }

    private func place(of call: CalledOperation) throws(RunError) -> OperationPlace {
        guard call.place.statement <= UInt64(Int32.max) else {
            throw .journalUnwritable(
                path: path, reason: "an operation has more than \(Int32.max) before it")
        }
        return call.place
    }

    private func signature(_ call: CalledOperation, _ procedure: String) -> JournalSignature {
        JournalSignature(call, procedure)
    }
}

extension OperationPlace {
    /// As the journal's file has it.
    var key: Int64 { Int64(statement) << 32 | Int64(element) }

    init(key: Int64) {
        self.init(
            statement: UInt64(bitPattern: key) >> 32,
            element: UInt32(truncatingIfNeeded: key))
    }
}
