import Foundation
import InterfaceProof
import Inventory
import RunRecords
import TestKit
import Testing

@testable import Marionette

/// Values of the oracle through slaves with a worker in Swift: the same generated code as in
/// `OracleTests`, but as Embedded Swift with optimization, for each target that has it.
@Suite(.serialized, .timeLimit(.minutes(30))) struct SwiftWorkerTests {
    private static let targets = Result { () -> [Target] in
        let data = try #require(DataDirectory(path: Checkout.root))
        return try TargetCatalog.load(data: data).targets.filter { $0.swift != nil }
    }
    /// Each takes a minute, since all interfaces are compiled for it.
    private static let names = some(2, of: (try? targets.get().map(\.name)) ?? [])
    private static let worker = Result { try GeneratedWorker() }

    @Test func `every processor that has workers in Swift takes part`() throws {
        let architectures = try Self.targets.get().map(\.architecture).sorted()
        #expect(architectures == ["aarch64", "arm", "riscv64", "x86", "x86_64"])
    }

    @Test(arguments: names)
    func `a worker in Swift answers values of every type with the same bytes`(
        target: String
    ) async throws {
        let worker = try Self.worker.get()
        let values = worker.values(ofEach: OracleTests.valuesOfEachType, seed: OracleTests.seed)
        try await Self.run(target) { run in
            for (type, name) in worker.types.enumerated() {
                let sent = values.filter { $0.type == type }.map(\.bytes)
                let wrong = try await run.answers(to: sent, of: "echo\(type)")
                    .filter { $0.argument != $0.result }
                #expect(
                    wrong.isEmpty,
                    """
                    \(wrong.count) of \(sent.count) of \(name); \(OracleTests.repeats)
                    \(wrong.prefix(3).map {
                        "\($0.argument.hexadecimal)\n  answered \($0.result.hexadecimal)"
                    }.joined(separator: "\n"))
                    """)
            }
        }
    }

    @Test(arguments: names)
    func `a worker in Swift takes and gives lists of any length`(target: String) async throws {
        let node = try #require(try Self.worker.get().types.firstIndex(of: "List"))
        try await Self.run(target) { run in
            for count in [0, 1, 2, 3, 4, 1_000, 100_000, 1_000_000] {
                let list = (0..<count).map { Int32(truncatingIfNeeded: $0 &* 77_777) }
                let sum = try await run.answer(to: Self.bytes(list), of: "sum")
                #expect(sum == Self.word(list.reduce(0, &+)), "\(count) nodes")
                let echo = try await run.answer(to: Self.bytes(list), of: "echo\(node)")
                #expect(echo == Self.bytes(list), "\(count) nodes")
            }
        }
    }

    @Test(arguments: names)
    func `lists that share their tails are changed and dropped one without the other`(
        target: String
    ) async throws {
        var random = Seed(OracleTests.seed, "lists")
        let trials = (0..<40).map { ListTrial(longest: $0 < 38 ? 9 : 100_000, random: &random) }
        try await Self.run(target) { run in
            for trial in trials {
                let result = try await run.answer(to: trial.arguments, of: "share")
                #expect(result == trial.expected, "\(trial.told); \(OracleTests.repeats)")
            }
        }
    }

    // MARK: Lists

    fileprivate static func bytes(_ list: [Int32]) -> [UInt8] {
        // The link to each node stands before it.
        list.flatMap { word(1) + word($0) } + word(0)
    }

    fileprivate static func word(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).bigEndian) { Array($0) }
    }

    // MARK: Runs

    private static func run(
        _ target: String, _ body: (WorkerRun) async throws -> Void
    ) async throws {
        let worker = try worker.get()
        let found = try targets.get().first { $0.name == target }
        let emulator = try #require(found?.emulator)
        let application = try #require(worker.model.application)
        let directory = try TemporaryDirectory("proof-run")
        let interface = InterfaceDescription(
            name: application.name, program: application.program, version: application.version,
            hash: worker.model.hash.bytes, shared: [],
            procedures: application.operations.map {
                ProcedureDescription(
                    number: $0.procedure.number, name: $0.procedure.name, kind: .pure, reads: [])
            })
        let hash = worker.model.hash.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        let description = RunDescription(
            application: "proof", interfaceHash: hash.joined(), directory: directory.path,
            hosts: [
                RunDescription.HostDescription(
                    name: target, target: target, endpoint: .local,
                    command: [emulator, try worker.slave(for: target)], workers: 2)
            ])
        let master = try Master.start(description, interface)
        do { try await body(WorkerRun(master: master, interface: interface)) } catch {
            try? await master.finish()
            throw error
        }
        try await master.finish()
    }
}

/// A run whose arguments and results are bytes as they are on the wire.
private struct WorkerRun {
    let master: Master
    let interface: InterfaceDescription

    func answers(
        to arguments: [[UInt8]], of operation: String
    ) async throws -> [(argument: [UInt8], result: [UInt8])] {
        let number = try #require(interface.procedures.first { $0.name == operation }?.number)
        let results = master.perform(
            procedure: number, each: arguments,
            encode: { (bytes: [UInt8], encoder: inout XDREncoder) throws(XDRError) in
                try encoder.opaque("", bytes, count: bytes.count)
            },
            decode: { (decoder: inout XDRDecoder) throws(XDRError) -> [UInt8] in
                try decoder.opaque(count: decoder.remaining)
            })
        var answers: [(argument: [UInt8], result: [UInt8])] = []
        for try await (argument, result) in results.withArguments {
            answers.append((argument, result))
        }
        return answers
    }

    func answer(to arguments: [UInt8], of operation: String) async throws -> [UInt8] {
        try #require(try await answers(to: [arguments], of: operation).first).result
    }
}

/// Random steps over some lists, and what arrays in their place come to.
private struct ListTrial {
    private enum Verb: Int, CaseIterable { case prepend, follow, copy, drop, reverse, change }

    private(set) var arguments: [UInt8] = []
    private(set) var expected: [UInt8] = []
    private(set) var told = ""

    init(longest: Int, random: inout Seed) {
        var lists = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            (0..<Int.random(in: 0...longest, using: &random)).map { Int32($0) }
        }
        told = "\(lists.map(\.count))"
        arguments = Self.bytes(lists)
        let count = Int.random(in: 1...30, using: &random)
        arguments += SwiftWorkerTests.word(count)
        for _ in 0..<count {
            let verb = Verb.allCases.randomElement(using: &random) ?? .copy
            let from = Int.random(in: lists.indices, using: &random)
            let to = Int.random(in: lists.indices, using: &random)
            let value = Int32.random(in: 0..<1_000, using: &random)
            for number in [verb.rawValue, from, to, Int(value)] {
                arguments += SwiftWorkerTests.word(number)
            }
            told += ", \(verb) \(from) to \(to)"
            switch verb {
            case .prepend: lists[to] = [value] + lists[from]
            case .follow: lists[to] = Array(lists[from].dropFirst())
            case .copy: lists[to] = lists[from]
            case .drop: lists[to] = []
            case .reverse: lists[to] = lists[from].reversed()
            case .change where lists[to].count > 1: lists[to][1] = value
            case .change: break
            }
        }
        expected = Self.bytes(lists)
    }

    private static func bytes(_ lists: [[Int32]]) -> [UInt8] {
        SwiftWorkerTests.word(lists.count) + lists.flatMap(SwiftWorkerTests.bytes)
    }
}
