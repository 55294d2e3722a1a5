import Foundation
import Scheduling
import Testing

@testable import Driving
@testable import Marionette

/// What an operation sees of variables that another task modifies meanwhile.
@Suite struct SnapshotTests {
    private static let interface = InterfaceDescription(
        name: "T", program: 0x2000_0001, version: 1, hash: [], shared: ["first", "second"],
        procedures: [
            ProcedureDescription(number: 1, name: "look", kind: .worker, reads: [0, 1]),
            ProcedureDescription(number: 2, name: "put", kind: .context, reads: []),
        ])

    /// `first` is always modified before `second`, and both before `put`.
    @Test func `an operation sees modifications of another task in their order`() async throws {
        let master = try Master(interface: Self.interface)
        let first = SharedVariable(master: master, slot: 0, initial: UInt32(0))
        let second = SharedVariable(master: master, slot: 1, initial: UInt32(0))
        let look = try #require(Self.interface.procedure(1))
        let put = try #require(Self.interface.procedure(2))
        let rounds: UInt32 = 30_000
        let thread = Thread {
            for round in 1...rounds {
                first.value = round
                second.value = round
                _ = try? master.submit(
                    .context(procedure: 2, arguments: Self.bytes(round), Completion()), of: put)
            }
        }
        thread.start()
        var seen: [UInt32] = [0, 0, 0]
        var looks = 0
        while seen[2] < rounds {
            try master.submit(.cancel([]), of: look)
            for submission in master.queue.takeAll() {
                switch submission {
                case .shared(let slot, let content): seen[slot] = Self.number(content.bytes)
                case .context(_, let arguments, _): seen[2] = Self.number(arguments)
                case .cancel:
                    looks += 1
                    try #require(seen[0] >= seen[1] && seen[1] >= seen[2], "\(seen)")
                default: Issue.record("\(submission)")
                }
            }
        }
        #expect(looks > 10)
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian, Array.init)
    }

    private static func number(_ bytes: [UInt8]) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
