import Foundation
import Testing

@testable import Marionette

/// The kernel kills what has no memory left.
@Suite(
    .timeLimit(.minutes(20)),
    .enabled(if: MemoryGroup.refusal == nil, "\(MemoryGroup.refusal ?? "")"))
struct MemoryGroupTests {
    @Test func `an operation whose worker the kernel kills for memory is executed again`()
        async throws
    {
        try await MemoryGroup.with(bytes: 32 << 20) { group in
            try await TrialRun.with(workers: 1) { run in
                let worker = try await run.client.process(milliseconds: 0)
                try group.take(worker)
                try await run.client.hold(megabytes: 100)
                #expect(try group.kills() == 1)
                let end = try await run.event { $0.kind == .workerEnded }
                #expect((end.process, end.text) == (worker, "killed by SIGKILL"))
                try await run.event { $0.kind == .operationRetried }
                #expect(try !run.events().contains { $0.kind == .hostLost })
            }
        }
    }

    /// The whole slave is in the group, as in a container: the worker is what has most.
    @Test func `an operation that its host has no memory for fails alone, and the slave stays`()
        async throws
    {
        try await MemoryGroup.with(bytes: 64 << 20) { group in
            let command = [
                "sh", "-c", "echo $$ > '\(group.members)' && exec \"$0\" \"$@\"",
                try TrialRun.slave.get().path,
            ]
            try await TrialRun.with(workers: 2, command: command) { run in
                async let sound = run.client.square(9, milliseconds: 100)
                let error = await runError { try await run.client.hold(megabytes: 200) }
                guard
                    case .operationPoisoned("hold", 3, "killed by SIGKILL", "h1", _, 3, .written)? =
                        error
                else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(try group.kills() == 3)
                let square = try await sound
                #expect(square == 81)
                try await run.client.hold(megabytes: 10)
                #expect(try !run.events().contains { $0.kind == .hostLost })
            }
        }
    }

    @Test func `a replica that the kernel kills for memory costs its slave, which comes back`()
        async throws
    {
        try await MemoryGroup.with(bytes: 32 << 20) { group in
            try await TrialRun.with(workers: 1) { run in
                try await run.client.add(3)
                let worker = try await run.client.process(milliseconds: 0)
                try group.take(try #require(parent(of: worker)))
                run.client.table = [UInt8](repeating: 7, count: 100 << 20)
                let look = try await run.client.look(5)
                #expect(look == (7, 100 << 20))
                #expect(try group.kills() == 1)
                let square = try await run.client.square(2)
                #expect(square == 7)
                let lost = try run.events().filter { $0.kind == .hostLost }
                #expect(
                    lost.map(\.text) == [
                        "its slave gave up: a replica, or one worker after the other, was gone"
                    ])
                try await run.event {
                    guard $0.kind == .log, let text = $0.text else { return false }
                    return text.hasPrefix("slave: the replica of position ")
                        && text.hasSuffix(" was ended by SIGKILL")
                }
            }
        }
    }

    @Test func `a relay that the kernel kills for memory is a host that is lost, and comes back`()
        async throws
    {
        try await MemoryGroup.with(bytes: 32 << 20) { group in
            try await TrialRun.with(workers: 1) { run in
                try await run.client.add(3)
                _ = try await run.client.square(1)
                try group.take(try #require(try run.slaveProcesses().last))
                let size = 100 << 20
                let length = try await run.client.measure([UInt8](repeating: 1, count: size))
                #expect(length == UInt32(size))
                #expect(try group.kills() == 1)
                let square = try await run.client.square(2)
                #expect(square == 7)
                let lost = try run.events().filter { $0.kind == .hostLost }
                #expect(lost.map(\.text) == ["its slave was killed by SIGKILL"])
            }
        }
    }
}
