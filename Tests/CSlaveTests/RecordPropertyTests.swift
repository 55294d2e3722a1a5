import Foundation
import TestKit
import Testing

/// Records of shapes that no test's author chose: sizes about and between all limits, in any order,
/// cut anywhere.
@Suite struct RecordPropertyTests {
    /// Of this run; what fails names it.
    static let seeds = seedsOfThisRun(4)

    /// `Records/records.c` and the parts of the slave that it drives, with the sanitizers.
    private static let program = Result {
        let program = "\(ProbeBuild.directory)/records"
        let parts = SlaveSources.named(
            "buffers/areas", "buffers/buffer", "buffers/outgoing", "port/port", "port/process",
            "relay/operation", "wire/record")
        let built = try ProbeRun.output(
            [
                "/usr/bin/env", "cc", "-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Werror",
                "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-iquote",
                SlaveSources.directory, SlaveSources.headers, "-o", program,
                "\(Checkout.root)/Tests/CSlaveTests/Records/records.c",
            ] + parts)
        guard built.status == 0 else { throw ProbeBuild.Failure(description: built.errors) }
        return program
    }

    private func run(_ arguments: [String]) throws {
        let ended = try ProbeRun.output([Self.program.get()] + arguments)
        #expect(ended.status == 0, "\(arguments.joined(separator: " ")): \(ended.errors)")
    }

    @Test func `a record of any kind and size comes behind any other about a limit`() throws {
        try run(["pairs"])
    }

    @Test(arguments: seeds)
    func `records of any size, in any pieces, come whole, and their memory goes back to its owner`(
        seed: UInt64
    ) throws {
        for round in 0..<3 { try run(["random", "\(seed + UInt64(round))"]) }
    }

    @Test(
        arguments: ProbeKind.available.filter { $0 == .native || $0 == .s390x },
        [["--serve"], ["--serve", "--serial"]])
    func `updates, shared data and operations of any size follow each other in a slave`(
        _ kind: ProbeKind, _ arguments: [String]
    ) throws {
        let seed = Self.seeds[0]
        let slave = try SlaveProcess.greeted(kind, workers: 2, arguments)
        var traffic = Traffic(slave, seed: seed)
        do {
            for _ in 0..<(kind == .native ? 60 : 20) { try traffic.step() }
        } catch {
            Issue.record(
                "MARIONETTE_SEED=\(seed): \(error); steps: \(traffic.steps.joined(separator: ", "))"
            )
        }
        #expect(slave.errors.isEmpty, "MARIONETTE_SEED=\(seed), steps: \(traffic.steps)")
    }
}

/// A master that sends what it likes, and knows what must come back.
private struct Traffic {
    private let slave: SlaveProcess
    private var numbers: SeededNumbers
    private var position: UInt64 = 0
    private var version: UInt64 = 0
    private var kept: UInt64 = 0
    private var sum: UInt32 = 0
    private(set) var steps: [String] = []

    init(_ slave: SlaveProcess, seed: UInt64) {
        self.slave = slave
        numbers = SeededNumbers(seed)
    }

    /// About a limit of limits.h, or of any order of magnitude up to 4 MiB.
    private mutating func size() -> Int {
        let limits = [2 << 10, 32 << 10, 64 << 10, 128 << 10, 320 << 10, 4 << 20]
        guard Bool.random(using: &numbers) else {
            return 1 << Int.random(in: 0...21, using: &numbers)
                + Int.random(in: 0...99, using: &numbers)
        }
        let limit = limits.randomElement(using: &numbers) ?? 1
        return limit + Int.random(in: -80...8, using: &numbers)
    }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        let pattern = (0..<251).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 251)
        while bytes.count < count { bytes += pattern }
        return Array(bytes[..<count])
    }

    mutating func step() throws {
        let size = size()
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0:
            steps.append("keep \(size)")
            try keep(bytes(size))
        case 1:
            steps.append("share \(size)")
            try share(size)
        case 2:
            steps.append("large \(size)")
            let reply = try slave.reply(
                to: slave.operate(.large, at: position, XDRBytes.of(UInt32(size))))
            #expect(reply.result.count == 4 + (size + 3) / 4 * 4)
        default:
            steps.append("echo \(size)")
            let argument = XDRBytes.opaque(bytes(size))
            let reply = try slave.reply(to: slave.operate(.echo, at: position, argument))
            #expect(reply.result == argument, "\(steps.joined(separator: ", "))")
        }
        if position > 8 { slave.retire(below: position - 4) }
    }

    private mutating func keep(_ bytes: [UInt8]) throws {
        let digest = bytes.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
        kept = UInt64(bytes.count) << 32 | UInt64(digest)
        position += 1
        var out = XDRBytes()
        out.long(position)
        out.word(0)
        out.word(Operation.keep.rawValue)
        out.opaque(XDRBytes.opaque(bytes))
        #expect(try slave.updateFailure(slave.call(.update, out.bytes)) == nil)
        let reply = try slave.reply(to: slave.operate(.kept, at: position))
        var cursor = XDRCursor(reply.result)
        #expect(try cursor.long() == kept, "\(steps.joined(separator: ", "))")
    }

    /// In chunks that are as long as the protocol allows, or far shorter.
    private mutating func share(_ size: Int) throws {
        let values = (0..<max(1, size / 4)).map { UInt32(truncatingIfNeeded: $0 &* size) }
        sum = values.reduce(0, &+)
        position += 1
        version += 1
        slave.sendShared(slot: 0, version: version, makes: position)
        let step = [262_144, 262_144, 65_536, 100_000].randomElement(using: &numbers) ?? 4
        slave.provide(slot: 0, version: version, SlaveProcess.table(values), step: step)
        let reply = try slave.reply(to: slave.operate(.sum, at: position))
        #expect(reply.number == sum, "\(steps.joined(separator: ", "))")
    }
}
