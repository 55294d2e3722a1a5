import Scheduling
import Synchronization
import XDRCoding

/// The open operations of one sequence. Used by one task at a time, the one that iterates.
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
    private var encode: Encode?
    private let buffer = ResultBuffer()
    private var encoder = XDREncoder(limit: RunLimits.argumentsMax)
    /// By tag; tags are used again.
    private var open: [Call?] = []
    private var freeTags: [Int] = []
    /// Operations submitted whose results were not read yet.
    private var unread = 0
    /// The arguments of these. Calls keep theirs until their results are read.
    private var argumentBytes = 0
    /// About what a result has, the latest counting most: those that will come are taken to be alike.
    /// nil: none was read yet.
    private var resultBytes: Int?
    private var ready: [ResultBuffer.Item] = []
    private var nextReady = 0
    private var expected: Int
    private let statement: UInt64
    /// Of the latest operation that was submitted.
    private var element: UInt32 = 0

    @usableFromInline
    init(_ master: Master, procedure: UInt32, expected: Int, encode: @escaping Encode) {
        self.master = master
        self.procedure = procedure
        self.expected = expected
        self.encode = encode
        statement = master.nextStatement()
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
            argumentBytes -= open[item.tag]?.arguments.count ?? 0
            open[item.tag] = nil
            freeTags.append(item.tag)
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
        try master.flush(description)
        var calls: [Call] = []
        calls.reserveCapacity(max(1, master.flightBound - unread))
        while hasRoom(), let bytes = try next(description) {
            calls.append(opened(bytes, traits))
        }
        guard !calls.isEmpty else { return }
        announce(-min(expected, calls.count))
        try master.submit(.calls(calls))
    }

    /// The next argument; nil where there is none.
    private func next(_ description: ProcedureDescription) throws(RunError) -> [UInt8]? {
        encoder.reset()
        do throws(XDRError) {
            guard try encode?(freeTags.last ?? open.count, &encoder) == true else {
                encode = nil
                return nil
            }
        } catch {
            throw .argumentsInvalid(operation: description.name, error)
        }
        return encoder.taken()
    }

    private func opened(_ bytes: [UInt8], _ traits: OperationTraits) -> Call {
        let tag = freeTags.popLast() ?? open.count
        if tag == open.count { open.append(nil) }
        element += 1
        let call = Call(
            place: OperationPlace(statement: statement, element: element), traits: traits,
            arguments: bytes, sink: buffer, tag: tag)
        open[tag] = call
        unread += 1
        argumentBytes += bytes.count
        return call
    }

    private func abandon() {
        encode = nil
        announce(-expected)
        let calls = open.compactMap { $0 }
        open = []
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

extension XDREncoder {
    /// A copy of just the size, so that one encoder's memory serves all; or what is too large for
    /// that itself.
    fileprivate mutating func taken() -> [UInt8] {
        guard bytes.count >= RunLimits.largeArgumentsMin else {
            return bytes.withUnsafeBufferPointer { Array($0) }
        }
        defer { self = XDREncoder(limit: limit) }
        return bytes
    }
}
