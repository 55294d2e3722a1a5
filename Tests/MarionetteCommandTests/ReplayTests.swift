import Diagnostics
import Foundation
import InterfaceCompiler
import Inventory
import Replaying
import RunRecords
import TestKit
import Testing

@testable import MarionetteCommand

/// Capsules as commands find, show and compare them.
@Suite struct ReplayTests {
    private static let text = """
        struct Pixel { float r; float g; };
        struct Tile { int at; Pixel pixels<64>; };
        struct Scene { string name<32>; };
        application Prism {
            shared Scene scene;
            context void level(int depth);
            worker Tile render(int first, int count) reads scene;
        } = 0x20001977;
        """

    private static func model() throws -> InterfaceModel {
        try compileInterface(text: text, file: "prism.x")
    }

    private static func bytes(_ words: UInt32...) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
    }

    private static func capsule(
        _ statement: UInt64 = 12,
        outcome: Capsule.Outcome = .death(kills: 3, how: "killed by SIGSEGV")
    ) throws -> Capsule {
        let hash = try model().hash.bytes
        return Capsule(
            application: "Prism", program: 0x2000_1977, version: 1, interfaceHash: hash,
            host: "mainframe", target: "s390x-linux-musl", build: "b1", procedure: 2,
            operation: "render", place: OperationPlace(statement: statement), position: 3,
            arguments: bytes(64, 32), worker: 1, attempt: 3, outcome: outcome,
            updates: [
                Capsule.Update(
                    position: 2, change: .context(procedure: 1, arguments: bytes(7))),
                Capsule.Update(
                    position: 3,
                    change: .shared(slot: 0, version: 4, bytes: bytes(4, 0x6461_776e))),
            ])
    }

    /// A project with a run that left these capsules.
    private static func project(_ capsules: [Capsule]) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory("capsules")
        let run = "\(directory.path)/.marionette/runs/20261129T090000Z-7"
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
        for (index, capsule) in capsules.enumerated() {
            let path = "\(run)/capsule-\(capsule.place)"
            try Data(try capsule.encoded()).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000_000 + Double(index))],
                ofItemAtPath: path)
        }
        return directory
    }

    @Test func `capsules are found by the beginning of a name, and by path, the newest first`()
        throws
    {
        let project = try Self.project(try (1...3).map { try Self.capsule($0) })
        let (kept, faults) = KeptCapsules.all(project: project.path)
        #expect(kept.map(\.capsule.place.statement) == [3, 2, 1])
        #expect(faults.isEmpty)
        for one in kept {
            #expect(one.name.count == 64)
            #expect(try KeptCapsules.find(one.id, project: project.path).path == one.path)
            let upper = one.name.uppercased()
            #expect(try KeptCapsules.find(upper, project: project.path).path == one.path)
            let byPath = try KeptCapsules.find(one.path, project: project.path)
            #expect(byPath.run == "20261129T090000Z-7")
            #expect(byPath.name == one.name)
        }
        #expect(throws: KeptCapsuleError.ambiguous("", kept.map(\.id))) {
            try KeptCapsules.find("", project: project.path)
        }
        let error = #expect(throws: KeptCapsuleError.self) {
            try KeptCapsules.find("xyz", project: project.path)
        }
        #expect(error?.exitCode == .usage)
        #expect(
            error?.diagnostic.rendered == """
                error: there is no capsule 'xyz'
                  note: the newest: \(kept.map(\.id).joined(separator: ", "))
                  help: marionette crash list
                """)
        #expect(
            CapsuleTable(capsules: kept).lines.first
                == "id        operation  host       outcome            written            size")
    }

    @Test func `a capsule that can't be read is told, and hides no other`() throws {
        let project = try Self.project([try Self.capsule()])
        let bad = "\(project.path)/.marionette/runs/20261129T090000Z-7/capsule-99"
        try Data("MRNC".utf8).write(to: URL(fileURLWithPath: bad))
        let (kept, faults) = KeptCapsules.all(project: project.path)
        #expect(kept.count == 1)
        #expect(faults == [.capsuleUnreadable(path: bad, reason: "it is no capsule")])
    }

    @Test func `what a capsule holds is shown in the interface's words`() throws {
        let project = try Self.project([try Self.capsule()])
        let kept = try #require(KeptCapsules.all(project: project.path).capsules.first)
        var report = CapsuleReport(kept: kept)
        report.model = try Self.model()
        report.crash = ["mainframe: 'render' crashed", "  #0 shade at worker/prism.c:24"]
        let lines = report.lines
        #expect(
            lines[0].hasPrefix(
                "capsule \(kept.id): operation 'render' killed 3 workers, the last: "))
        let rest = lines.drop { !$0.hasPrefix("arguments") }
        #expect(
            Array(rest) == [
                "arguments: 8 B", "  first: 64", "  count: 32", "",
                "shared data that it saw:", "  scene, version 4, 8 B",
                "    scene: {name: \"dawn\"}", "",
                "updates before it, by position:", "  2    level(depth: 7)",
                "  3    scene = version 4", "",
                "crash:", "  mainframe: 'render' crashed", "    #0 shade at worker/prism.c:24", "",
                "to go on:", "  marionette replay \(kept.id)",
                "  marionette replay \(kept.id) --debug", "  marionette compare \(kept.id)",
            ])
        report.model = nil
        report.modelFault = "capsule is of another interface"
        #expect(report.lines.contains("  (not decoded: capsule is of another interface)"))
    }

    @Test func `the report of a crash is the operation's own, or that of another like it`() throws {
        func line(_ text: String, _ procedure: String?, _ place: UInt64, worker: UInt32? = nil)
            -> RunEvent
        {
            let line = RunEvent.LogLine(
                host: "h", text: text, worker: worker, procedure: procedure,
                operation: OperationPlace(statement: place))
            return RunEvent(.log(line), at: 1)
        }
        let others = [
            line("printed", "render", 12, worker: 0), line("elsewhere", "render", 4),
            line("no operation's", nil, 12),
        ]
        let capsule = try Self.capsule()
        #expect(CapsuleReport.crashLines(of: capsule, in: others) == ["elsewhere"])
        let own = others + [line("own", "render", 12)]
        #expect(CapsuleReport.crashLines(of: capsule, in: own) == ["own"])
    }

    // MARK: Where it is executed

    private static func target(_ name: String, machines: [String], emulator: String?) -> Target {
        var target = Target(
            name: name, machines: machines, endianness: .big, wordBits: 64,
            flags: [], emulator: "")
        target.emulator = emulator
        return target
    }

    @Test func `a target is executed as the manifest says, natively, or by its emulator`() {
        let foreign = Self.target("s390x", machines: ["s390x"], emulator: "qemu-s390x-static")
        func place(_ target: Target, _ hosts: [HostEntry], there: Bool = true) -> HostEntry? {
            ReplayPlace.here(target, hosts: hosts, machine: "x86_64") { _ in there }
        }
        #expect(place(foreign, [])?.emulator == ["qemu-s390x-static"])
        #expect(place(foreign, [], there: false) == nil)
        let own = HostEntry(
            name: "m", target: "s390x", via: .local, emulator: ["my-qemu", "-cpu", "max"])
        #expect(place(foreign, [own])?.emulator == ["my-qemu", "-cpu", "max"])
        // One that is reached by SSH has its emulator elsewhere.
        let remote = HostEntry(name: "m", target: "s390x", emulator: ["other-qemu"])
        #expect(place(foreign, [remote])?.emulator == ["qemu-s390x-static"])
        let native = Self.target("x", machines: ["i686", "x86_64"], emulator: "qemu-x86_64-static")
        #expect(place(native, [], there: false)?.emulator == [])
        #expect(place(Self.target("n", machines: ["n"], emulator: nil), []) == nil)
    }

    // MARK: Comparing

    private static func tile(_ r: Float) -> ReplayOutcome {
        .result(bytes(1, 2, 0, 0, r.bitPattern, 0))
    }

    private static func comparison(
        _ outcomes: [(String, ReplayOutcome)], ulps: UInt64 = 0
    ) throws -> OutcomeComparison {
        OutcomeComparison(
            entries: outcomes.map { OutcomeComparison.Entry(target: $0, outcome: $1) },
            result: .named("Tile"), model: try model(), ulps: ulps)
    }

    @Test func `results are compared to the bit, and the first difference has each target's value`()
        throws
    {
        let same = try Self.comparison([("a", Self.tile(1)), ("bb", Self.tile(1))])
        #expect(same.areEqual)
        #expect(
            same.lines == [
                "a   succeeded, 24 B", "bb  succeeded, 24 B", "all results are equal",
            ])
        let outcomes = [
            ("a", Self.tile(1)), ("bb", Self.tile(Float(1).nextUp)), ("c", Self.tile(1)),
        ]
        let other = try Self.comparison(outcomes)
        #expect(!other.areEqual)
        #expect(
            Array(other.lines.dropFirst(3)) == [
                "first difference: result.pixels[1].r", "  a   1.0 (0x3f800000)",
                "  bb  1.0000001 (0x3f800001)",
            ])
        let near = try Self.comparison(outcomes, ulps: 1)
        #expect(near.areEqual)
        #expect(near.lines.last == "all results are equal, floats within 1 ulp")
    }

    @Test func `a target on which the operation dies is no equal`() throws {
        let outcomes: [(String, ReplayOutcome)] = [
            ("a", Self.tile(1)), ("b", .died("killed by SIGSEGV", nil)), ("c", Self.tile(1)),
        ]
        let comparison = try Self.comparison(outcomes)
        #expect(!comparison.areEqual)
        #expect(comparison.lines.contains("b  killed by SIGSEGV"))
        #expect(comparison.lines.last == "the 2 results are equal")
        let bad = try Self.comparison([("a", Self.tile(1)), ("b", .result([0, 0]))])
        #expect(!bad.areEqual)
    }

    // MARK: Words

    @Test(
        arguments: [
            ("render", 1), ("render=5", 5), ("render=0", nil), ("render=", nil), ("=3", nil),
            ("", nil),
            ("a=b=c", nil),
        ] as [(String, Int?)])
    func `an operation to capture has a name and maybe a number`(_ text: String, _ count: Int?) {
        #expect(CaptureWish(argument: text)?.count == count)
    }

    @Test func `only operations of workers are captured`() throws {
        let wishes = ["render", "levl"].compactMap(CaptureWish.init)
        let error = CaptureError.unknownOperation("levl", known: ["render"])
        #expect(throws: error) { try CaptureWish.check(wishes, try Self.model()) }
        #expect(throws: CaptureError.self) {
            try CaptureWish.check([try #require(CaptureWish(argument: "level"))], try Self.model())
        }
        #expect(error.exitCode == .usage)
        #expect(CaptureWish.counts([]) == nil)
        #expect(CaptureWish.counts([wishes[0]]) == ["render": 1])
    }

    @Test func `a capsule of another interface names both, and what to do`() throws {
        let error = CapsuleInterfaceError.otherInterface(
            capsule: "3a949e93", application: "Prism", hash: "aa", file: "prism.x", ours: "bb")
        #expect(
            error.diagnostic.rendered == """
                error: capsule 3a949e93 is of another interface than this project's
                  note: the capsule's: Prism, aa
                  note: prism.x: bb
                  help: check out the sources that it was made with
                """)
        #expect(error.exitCode == .failed)
    }

    @Test(arguments: [
        (
            ReplayError.notExecutable(target: "s390x", emulator: "qemu-s390x-static"),
            """
            error: this machine can't execute what is built for 's390x'
              note: PATH has no qemu-s390x-static
              help: apt-get install qemu-user-static
            """
        ),
        (
            .notExecutable(target: "own", emulator: nil),
            """
            error: this machine can't execute what is built for 'own'
              help: marionette replay --on HOST
            """
        ),
        (
            .notOfOperations(capsule: "3a94", operation: "level"),
            "error: capsule 3a94: 'level' is no operation of a worker"
        ),
        (
            .noTargets,
            """
            error: this machine can execute none of these targets
              help: marionette targets
            """
        ),
    ])
    func `what can't be executed again is told in these words`(_ error: ReplayError, _ text: String)
    {
        #expect(error.diagnostic.rendered == text)
        #expect(error.exitCode == .failed)
    }

    @Test func `options that exclude each other are refused`() {
        for words in [
            ["x", "--native", "--on", "h"], ["x", "--debug", "--on", "h"],
            ["x", "--", "-ex", "bt"],
        ] {
            #expect(throws: (any Error).self, "\(words)") { try ReplayCommand.parse(words) }
        }
        #expect(throws: Never.self) {
            try ReplayCommand.parse(["x", "--debug", "--", "--batch"])
        }
    }
}
