import Driving
import RunRecords
import Scheduling
import Synchronization
import Transport
import XDRCoding

/// A run as the program sees it: operations are invoked, updates take their place in its order.
///
/// Methods may be called from any task. Nothing here waits for the network but what is awaited.
public final class Master: Sendable {
    public let interface: InterfaceDescription
    let queue: SubmissionQueue
    /// How many operations of one sequence are open at once; the I/O thread follows the workers
    /// with it.
    let flight = Atomic<Int>(Master.flightMin)
    /// The same for operations with large arguments: each worker has one, and one waits for it.
    let largeFlight = Atomic<Int>(Master.largeFlightMin)
    /// What sequences said they will submit, beyond what they did.
    let announced = Atomic<Int>(0)
    /// How many operations the I/O thread has taken.
    let taken = Atomic<Int>(0)
    /// What ended the run; nil: nothing did, or its program.
    let failure = Mutex<RunError?>(nil)
    /// Writes the event log.
    let recording = BackgroundJobs(limit: 1)
    private let statements = Atomic<UInt64>(0)
    /// The task that began the run; nil: none did.
    private let task = Master.currentTask()
    private let sharedSlots = Mutex<[Int: any SharedSlot]>([:])
    /// Of all shared variables, where there is a journal.
    private let allSlots: [Int]?
    /// Held while shared variables are looked at together, and while one is modified.
    let order = ProgramOrder()

    static let flightMin = 16
    static let largeFlightMin = 2

    init(
        interface: InterfaceDescription, flightBytes: Int = RunLimits.flightBytes,
        hasJournal: Bool = false
    ) throws(RunError) {
        self.interface = interface
        self.flightBytes = flightBytes
        allSlots = hasJournal ? Array(interface.shared.indices) : nil
        queue = try SubmissionQueue()
    }

    /// How many operations of one sequence are open at once: twice what the hosts hold.
    public var flightBound: Int { flight.load(ordering: .relaxed) }

    /// How many bytes the arguments and results of one sequence's operations may have that are open
    /// or unread: fewer are open then. What results will have is guessed by those that came.
    public let flightBytes: Int

    var largeFlightBound: Int { largeFlight.load(ordering: .relaxed) }

    // MARK: For generated clients

    /// Executes a context operation: every replica applies it, at this point of the program.
    ///
    /// Returns when a first host has applied it.
    public func update(
        procedure: UInt32, _ encode: (inout XDREncoder) throws(XDRError) -> Void,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        guard let description = interface.procedure(procedure) else {
            throw RunError.noSuchProcedure(application: interface.name, number: procedure)
        }
        try Task.checkCancellation()
        let arguments = try encoded(description, encode)
        let completion = Completion()
        try submit(
            .context(procedure: procedure, arguments: arguments, completion), of: description)
        if case .failure(let error) = await completion.ending() { throw error }
    }

    /// Executes one operation and returns its result. Cancelling the task cancels the operation.
    public func perform<Result>(
        procedure: UInt32, _ encode: (inout XDREncoder) throws(XDRError) -> Void,
        decode: (inout XDRDecoder) throws(XDRError) -> Result,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Result {
        try Task.checkCancellation()
        let (description, traits) = try operation(procedure)
        let arguments = try encoded(description, encode)
        let completion = Completion()
        let place = OperationPlace(statement: nextStatement())
        let call = Call(
            place: place, traits: traits, arguments: arguments, sink: completion,
            isOrdered: isProgramsOwnTask, isCaptured: OperationCapture.isWanted)
        try submit(.calls([call]), of: description)
        let ending = await withTaskCancellationHandler {
            await completion.ending()
        } onCancel: {
            cancel([call])
        }
        return try result(of: ending, description, decode)
    }

    /// Executes an operation for each argument. Results come as they finish, with a bounded number
    /// in flight.
    @inlinable
    public func perform<Argument, Result>(
        procedure: UInt32, each arguments: some Sequence<Argument> & Sendable,
        encode: @escaping @Sendable (Argument, inout XDREncoder) throws(XDRError) -> Void,
        decode: @escaping @Sendable (inout XDRDecoder) throws(XDRError) -> Result
    ) -> OperationResults<Argument, Result> {
        OperationResults(
            master: self, procedure: procedure, arguments: arguments, encode: encode, decode: decode
        )
    }

    func register(_ variable: any SharedSlot, slot: Int) {
        sharedSlots.withLock { $0[slot] = variable }
    }

    // MARK: Parts

    /// Counts the places of the program that invoke operations, as it comes to them.
    func nextStatement() -> UInt64 {
        statements.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Whether the task that began the run is the one that runs now: what it does has an order. What
    /// other tasks do has none beside it, and differs from run to run.
    var isProgramsOwnTask: Bool { task != nil && task == Self.currentTask() }

    /// A name of the task that runs now, which no other task has meanwhile.
    private static func currentTask() -> Int? { withUnsafeCurrentTask { $0?.hashValue } }

    func operation(
        _ procedure: UInt32
    ) throws(RunError) -> (description: ProcedureDescription, traits: OperationTraits) {
        guard let description = interface.procedure(procedure), var traits = description.traits
        else { throw .noSuchProcedure(application: interface.name, number: procedure) }
        traits.deadline = OperationDeadline.current
        return (description, traits)
    }

    func encoded(
        _ description: ProcedureDescription, _ encode: (inout XDREncoder) throws(XDRError) -> Void
    ) throws(RunError) -> [UInt8] {
        var encoder = XDREncoder(limit: RunLimits.argumentsMax)
        do { try encode(&encoder) } catch {
            throw .argumentsInvalid(operation: description.name, error)
        }
        return encoder.bytes
    }

    func result<Result>(
        of ending: CallEnding, _ description: ProcedureDescription,
        _ decode: (inout XDRDecoder) throws(XDRError) -> Result
    ) throws -> Result {
        switch ending {
        case .failure(let error): throw error
        case .result(let bytes, let host):
            var decoder = XDRDecoder(bytes.all, in: bytes.range)
            do throws(XDRError) {
                let value = try decode(&decoder)
                try decoder.finish()
                return value
            } catch {
                throw RunError.resultInvalid(
                    operation: description.name, host: host, error)
            }
        }
    }

    /// Submits what reads shared variables right behind their values as they are now.
    ///
    /// All of them at one moment: what another task modifies one after the other is seen in that
    /// order, or not yet. With a journal that is all variables there are: which of a group's tasks
    /// comes first differs from run to run, and operations are known again by their position.
    func submit(
        _ submission: Submission, of description: ProcedureDescription
    ) throws(RunError) {
        let isOperation = description.kind != .context
        let slots = isOperation ? allSlots ?? description.reads : []
        guard !slots.isEmpty else {
            try submit(submission)
            return
        }
        try order.withLock { () throws(RunError) in
            try flush(slots)
            try submit(submission)
        }
    }

    private func flush(_ slots: [Int]) throws(RunError) {
        for slot in slots {
            guard let variable = sharedSlots.withLock({ $0[slot] }) else { continue }
            do {
                try variable.flush { slot, content in
                    // A run that ended is told to whoever submits the operation that follows.
                    _ = queue.submit(.shared(slot: slot, content))
                }
            } catch {
                throw .argumentsInvalid(operation: interface.shared[slot], error)
            }
        }
    }

    func submit(_ submission: Submission) throws(RunError) {
        guard queue.submit(submission) else {
            throw failure.withLock { $0 } ?? .runEnded
        }
    }

    func cancel(_ calls: [Call]) { _ = queue.submit(.cancel(calls)) }
}
