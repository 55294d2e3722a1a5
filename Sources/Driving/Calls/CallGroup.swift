import Scheduling

/// What the scheduler calls one operation: one of the program's, or several short ones that are
/// placed and sent together.
///
/// Each member is a message of its own and ends by itself; the scheduler hears of the group when the
/// last one was answered.
package struct CallGroup {
    private enum Members {
        /// Some of one call, from this one on.
        case part(Call, Int)
        /// Calls of one operation each.
        case calls([Call])
    }

    package static let countMax = 64

    private let members: Members
    /// A bit for each member that has not ended.
    package private(set) var open: UInt64
    /// What workers took for those that ended, together.
    package private(set) var microseconds: UInt64 = 0
    /// Where attempts were sent, the first of them and those after it: a cancellation finds their
    /// members there. Most groups are sent once.
    private var first: Placement?
    private var later: [Placement] = []

    /// An attempt that was sent.
    package struct Placement {
        package let attempt: UInt32
        package let host: HostID
        package let span: XIDSpan
    }

    package init(_ call: Call, from index: Int = 0, count: Int = 1) {
        members = .part(call, index)
        open = Self.bits(count)
    }

    /// - Parameter calls: of one operation each, `countMax` at most, with the same traits.
    package init(_ calls: [Call]) {
        members = .calls(calls)
        open = Self.bits(calls.count)
    }

    private static func bits(_ count: Int) -> UInt64 { UInt64.max >> UInt64(countMax - count) }

    package var openCount: Int { open.nonzeroBitCount }
    package var isOver: Bool { open == 0 }

    package func isOpen(_ member: Int) -> Bool { open >> UInt64(member) & 1 != 0 }

    /// The members that have not ended.
    package var openMembers: SlotSet { SlotSet(bits: open) }

    /// Nil where all have ended.
    package var firstOpen: CalledOperation? {
        open == 0 ? nil : self[open.trailingZeroBitCount]
    }

    package subscript(member: Int) -> CalledOperation {
        switch members {
        case .part(let call, let first): CalledOperation(call: call, index: first + member)
        case .calls(let calls): CalledOperation(call: calls[member], index: 0)
        }
    }

    /// The member ended, or goes on elsewhere; false where it had before.
    package mutating func leave(_ member: Int) -> Bool {
        guard isOpen(member) else { return false }
        open &= ~(1 << UInt64(member))
        return true
    }

    package mutating func sent(_ attempt: UInt32, to host: HostID, under span: XIDSpan) {
        let placement = Placement(attempt: attempt, host: host, span: span)
        if first == nil { first = placement } else { later.append(placement) }
    }

    package var placements: [Placement] { (first.map { [$0] } ?? []) + later }

    /// Under which xids the attempt was sent; nil: it was not.
    package func span(of attempt: UInt32) -> XIDSpan? {
        if let first, first.attempt == attempt { return first.span }
        return later.first { $0.attempt == attempt }?.span
    }

    /// A worker answered; false where the member had ended before.
    package mutating func answered(_ member: Int, microseconds time: UInt64) -> Bool {
        guard leave(member) else { return false }
        microseconds &+= time
        return true
    }
}
