import Driving
import RunRecords
import Scheduling
import Synchronization
import XDRCoding

/// The open operations of one sequence. Used by one task at a time, the one that iterates.
///
/// Its state is touched some ten times for each operation: the checks that no two accesses overlap
/// are left out, which is safe because one task at a time calls its methods, and none is called
/// from within another but by `self`.
///
/// It knows neither arguments nor results as types: those are the sequence's, whose code is made in
/// the program's module for the types at hand.
@usableFromInline
final class OperationFlight {
    /// Encodes the next argument under the tag; false: there was none.
    @usableFromInline
    typealias Encode = (_ tag: Int, inout XDREncoder) throws(XDRError) -> Bool

    /// One operation's answer.
    @usableFromInline
    struct Answer {
        @usableFromInline let tag: Int
        @usableFromInline let bytes: [UInt8]
        @usableFromInline let range: Range<Int>
        fileprivate let host: String
    }

    private let master: Master
    private let procedure: UInt32
    /// nil: there are no more arguments.
    @exclusivity(unchecked) private var encode: Encode?
    private let buffer = ResultBuffer()
    @exclusivity(unchecked) private var encoder = XDREncoder(limit: RunLimits.argumentsMax)
    /// Calls with operations whose results were not read yet, and how many. Places are used again.
    @exclusivity(unchecked) private var calls: [(call: Call?, unread: Int)] = []
    @exclusivity(unchecked) private var freeCalls: [Int] = []
    /// By tag, the place of its call. Tags are used again.
    @exclusivity(unchecked) private var owners: [Int] = []
    @exclusivity(unchecked) private var freeTags: [Int] = []
    /// Operations submitted whose results were not read yet.
    @exclusivity(unchecked) private var unread = 0
    /// The arguments of these. Calls keep theirs until their results are read.
    @exclusivity(unchecked) private var argumentBytes = 0
    /// About what a result has, the latest counting most: those that will come are taken to be alike.
    /// nil: none was read yet.
    @exclusivity(unchecked) private var resultBytes: Int?
    @exclusivity(unchecked) private var ready: [CallAnswer] = []
    @exclusivity(unchecked) private var nextReady = 0
    @exclusivity(unchecked) private var expected: Int
    private let statement: UInt64
    private let isOrdered: Bool
    /// Of the latest operation that was submitted.
    @exclusivity(unchecked) private var element: UInt32 = 0

    @usableFromInline
    init(_ master: Master, procedure: UInt32, expected: Int, encode: @escaping Encode) {
        self.master = master
        self.procedure = procedure
        self.expected = expected
        self.encode = encode
        statement = master.nextStatement()
        isOrdered = master.isProgramsOwnTask
        master.announced.wrappingAdd(expected, ordering: .relaxed)
    }

    /// Whoever leaves the loop early no longer wants the rest.
    deinit { abandon() }

    /// The next answer, where one is here. Its tag is not used again before the next call.
    @usableFromInline
    func take() throws -> Answer? {
        guard nextReady < ready.count else { return nil }
        do {
            // A quarter of the flight in one batch: one wake-up of the I/O thread for all of them.
            if hasRoom(within: 3, of: 4) { try refill() }
            let item = ready[nextReady]
            nextReady += 1
            unread -= 1
            wasRead(item.tag)
            switch item.ending {
            case .result(let bytes, let host):
                let size = bytes.range.count
                resultBytes = resultBytes.map { $0 + (size - $0) >> 3 } ?? size
                return Answer(
                    tag: item.tag, bytes: bytes.all, range: bytes.range, host: host)
            case .failure(let error): throw error
            }
        } catch {
            abandon()
            throw error
        }
    }

    /// Waits until `take` has something to return; false: all have been read.
    @usableFromInline
    func gather(isolation: isolated (any Actor)? = #isolation) async throws -> Bool {
        while true {
            nextReady = 0
            ready.removeAll(keepingCapacity: true)
            buffer.takeAll(into: &ready)
            guard ready.isEmpty else { return true }
            try refill()
            guard unread > 0 else { return false }
            await buffer.wait()
            guard !Task.isCancelled else {
                abandon()
                throw CancellationError()
            }
        }
    }

    @inlinable
    func result<Result>(
        of answer: Answer, _ decode: (inout XDRDecoder) throws(XDRError) -> Result
    ) throws -> Result {
        var decoder = XDRDecoder(answer.bytes, in: answer.range)
        do throws(XDRError) {
            let value = try decode(&decoder)
            try decoder.finish()
            return value
        } catch {
            throw refused(answer, error)
        }
    }

    @usableFromInline
    func refused(_ answer: Answer, _ error: XDRError) -> any Error {
        abandon()
        let name = master.interface.name(of: procedure)
        return RunError.resultInvalid(operation: name, host: answer.host, error)
    }

    /// Whether another operation may be submitted: of all bounds only such a part is to be used. One
    /// is open always, however large. Large arguments are encoded no further ahead than workers need
    /// them.
    private func hasRoom(within part: Int = 1, of whole: Int = 1) -> Bool {
        guard unread > 0 else { return true }
        let bytes = argumentBytes + unread * (resultBytes ?? 0)
        let operations =
            argumentBytes < RunLimits.argumentsAhead ? master.flightBound : master.largeFlightBound
        return unread * whole < operations * part
            && bytes < master.flightBytes / whole * part
    }

    /// Submits operations up to the bounds.
    private func refill() throws(RunError) {
        guard encode != nil, hasRoom() else { return }
        let (description, traits) = try master.operation(procedure)
        var submitted: [Call] = []
        while hasRoom(), let call = try next(description, traits) {
            submitted.append(call)
        }
        guard !submitted.isEmpty else { return }
        announce(-min(expected, submitted.reduce(0) { $0 + $1.count }))
        try master.submit(.calls(submitted), of: description)
    }

    /// A call of the next arguments, as many as there is room for; large ones go alone. nil where
    /// there are none.
    private func next(
        _ description: ProcedureDescription, _ traits: OperationTraits
    ) throws(RunError) -> Call? {
        var arguments: [UInt8] = []
        var ends: [Int] = []
        var tags: [Int] = []
        repeat {
            guard let tag = try encodeNext(description) else { break }
            unread += 1
            argumentBytes += encoder.bytes.count
            if ends.isEmpty {
                arguments = takenFirst()
            } else {
                encoder.bytes.withUnsafeBufferPointer { arguments.append(contentsOf: $0) }
            }
            ends.append(arguments.count)
            tags.append(tag)
        } while arguments.count < RunLimits.callMax && hasRoom()
        guard !ends.isEmpty else { return nil }
        return opened(arguments, ends, tags, traits)
    }

    /// What is large itself; of the rest a copy, with room for others of its size, so that one
    /// encoder's memory serves all.
    private func takenFirst() -> [UInt8] {
        let size = encoder.bytes.count
        guard size < DrivingLimits.largeArgumentsMin else {
            defer { encoder = XDREncoder(limit: encoder.limit) }
            return encoder.bytes
        }
        var arguments: [UInt8] = []
        let count = max(1, master.flightBound - unread + 1)
        arguments.reserveCapacity(min(count * size, RunLimits.callMax + size))
        encoder.bytes.withUnsafeBufferPointer { arguments.append(contentsOf: $0) }
        return arguments
    }

    /// Encodes the next argument; returns its tag, or nil where there is none.
    private func encodeNext(_ description: ProcedureDescription) throws(RunError) -> Int? {
        encoder.reset()
        let tag = freeTags.last ?? owners.count
        do throws(XDRError) {
            guard try encode?(tag, &encoder) == true else {
                encode = nil
                return nil
            }
        } catch {
            throw .argumentsInvalid(operation: description.name, error)
        }
        if freeTags.popLast() == nil { owners.append(0) }
        return tag
    }

    private func opened(
        _ arguments: [UInt8], _ ends: [Int], _ tags: [Int], _ traits: OperationTraits
    ) -> Call {
        let place = OperationPlace(statement: statement, element: element + 1)
        let call = Call(
            place: place, traits: traits, arguments: arguments, ends: ends, tags: tags,
            sink: buffer, isOrdered: isOrdered, isCaptured: OperationCapture.isWanted)
        element += UInt32(tags.count)
        let owner = freeCalls.popLast() ?? calls.count
        if owner == calls.count { calls.append((nil, 0)) }
        calls[owner] = (call, tags.count)
        for tag in tags { owners[tag] = owner }
        return call
    }

    private func wasRead(_ tag: Int) {
        freeTags.append(tag)
        let owner = owners[tag]
        calls[owner].unread -= 1
        guard calls[owner].unread == 0 else { return }
        guard let call = calls[owner].call else {
            preconditionFailure("results of a call came that had them all")
        }
        argumentBytes -= call.arguments.count
        calls[owner].call = nil
        freeCalls.append(owner)
    }

    private func abandon() {
        encode = nil
        announce(-expected)
        let calls = calls.compactMap(\.call)
        self.calls = []
        freeCalls = []
        owners = []
        freeTags = []
        unread = 0
        argumentBytes = 0
        ready = []
        nextReady = 0
        if !calls.isEmpty { master.cancel(calls) }
    }

    private func announce(_ change: Int) {
        expected += change
        master.announced.wrappingAdd(change, ordering: .relaxed)
    }
}
