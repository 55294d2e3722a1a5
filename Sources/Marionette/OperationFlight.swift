import Scheduling
import Synchronization
import XDRCoding

/// The open operations of one sequence. Used by one task at a time, the one that iterates.
final class OperationFlight<Argument, Result> {
    typealias Element = (argument: Argument, result: Result)

    private struct Open {
        let call: Call
        let argument: Argument
    }

    private let results: OperationResults<Argument, Result>
    private let master: Master
    private var arguments: AnyIterator<Argument>?
    private let buffer = ResultBuffer()
    /// By tag; tags are used again.
    private var open: [Open?] = []
    private var freeTags: [Int] = []
    /// Operations submitted whose results were not read yet.
    private var unread = 0
    private var ready: ArraySlice<ResultBuffer.Item> = []
    private var expected: Int
    private let statement: UInt64
    /// Of the latest operation that was submitted.
    private var element: UInt32 = 0

    init(_ results: OperationResults<Argument, Result>) {
        self.results = results
        master = results.master
        arguments = results.makeArguments()
        expected = results.expected
        statement = results.master.nextStatement()
        master.announced.wrappingAdd(expected, ordering: .relaxed)
    }

    /// Whoever leaves the loop early no longer wants the rest.
    deinit { abandon() }

    func next(isolation: isolated (any Actor)? = #isolation) async throws -> Element? {
        while true {
            if let item = ready.popFirst() {
                return try read(item)
            }
            ready = buffer.takeAll()[...]
            guard ready.isEmpty else { continue }
            try refill()
            guard unread > 0 else { return nil }
            await buffer.wait()
            guard !Task.isCancelled else {
                abandon()
                throw CancellationError()
            }
        }
    }

    private func read(_ item: ResultBuffer.Item) throws -> Element? {
        unread -= 1
        guard let opened = open[item.tag] else { return nil }
        open[item.tag] = nil
        freeTags.append(item.tag)
        do {
            // A quarter of the flight in one batch: one wake-up of the I/O thread for all of them.
            if unread <= master.flightBound * 3 / 4 { try refill() }
            let description = try master.operation(results.procedure).description
            let result = try master.result(of: item.ending, description, results.decode)
            return (opened.argument, result)
        } catch {
            abandon()
            throw error
        }
    }

    /// Submits operations up to the bound.
    private func refill() throws(RunError) {
        guard arguments != nil, unread < master.flightBound else { return }
        let (description, traits) = try master.operation(results.procedure)
        try master.flush(description)
        var calls: [Call] = []
        while unread < master.flightBound {
            guard let argument = arguments?.next() else {
                arguments = nil
                break
            }
            let bytes = try master.encoded(description) { encoder throws(XDRError) in
                try results.encode(argument, &encoder)
            }
            calls.append(opened(argument, bytes, traits))
        }
        guard !calls.isEmpty else { return }
        announce(-min(expected, calls.count))
        try master.submit(.calls(calls))
    }

    private func opened(_ argument: Argument, _ bytes: [UInt8], _ traits: OperationTraits) -> Call {
        let tag = freeTags.popLast() ?? open.count
        if tag == open.count { open.append(nil) }
        element += 1
        let call = Call(
            place: OperationPlace(statement: statement, element: element), traits: traits,
            arguments: bytes, sink: buffer, tag: tag)
        open[tag] = Open(call: call, argument: argument)
        unread += 1
        return call
    }

    private func abandon() {
        arguments = nil
        announce(-expected)
        let calls = open.compactMap { $0?.call }
        open = []
        freeTags = []
        unread = 0
        ready = []
        if !calls.isEmpty { master.cancel(calls) }
    }

    private func announce(_ change: Int) {
        expected += change
        master.announced.wrappingAdd(change, ordering: .relaxed)
    }
}
