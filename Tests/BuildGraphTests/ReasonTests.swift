import Foundation
import Testing

@testable import BuildGraph

@Suite struct ReasonTests {
    let shop: Workshop

    init() throws {
        shop = try Workshop()
        try shop.write("a", to: "a.c")
        try shop.write("b", to: "b.c")
    }

    private func object(
        _ script: String = "cat a.c > $1", inputs: [String] = ["a.c"],
        environment: [String: String] = [:], tool: String = "sh 1"
    ) -> Step {
        shop.shell(script, "a.o", inputs, environment: environment, tool: tool)
    }

    @Test func `a first build makes everything, a second one nothing`() async throws {
        #expect(try await shop.explain([object()]) == ["a.o: never built"])
        let again = try await shop.build([object()])
        #expect(again.ran.isEmpty)
        #expect(again.upToDate == 1)
        #expect(again.isComplete)
    }

    @Test func `a changed command line is told`() async throws {
        try await shop.build([object()])
        #expect(
            try await shop.explain([object("cat a.c >$1")]) == ["a.o: the command line changed"])
    }

    @Test func `a changed environment is told`() async throws {
        try await shop.build([object()])
        let step = object(environment: ["CACHE": "/x"])
        #expect(
            try await shop.explain([step]) == ["a.o: the environment of the command changed"])
    }

    @Test func `a changed tool is told with both versions`() async throws {
        try await shop.build([object()])
        #expect(
            try await shop.explain([object(tool: "sh 2")])
                == ["a.o: the tool changed from 'sh 1' to 'sh 2'"])
    }

    @Test func `a changed input is told, a touched one is not`() async throws {
        try await shop.build([object()])
        try shop.write("a", to: "a.c")
        #expect(try await shop.explain([object()]) == [])
        try shop.write("A", to: "a.c")
        #expect(try await shop.explain([object()]) == ["a.o: input 'a.c' changed"])
    }

    @Test func `an added and a removed input are told`() async throws {
        try await shop.build([object()])
        let both = object(inputs: ["a.c", "b.c"])
        #expect(try await shop.explain([both]) == ["a.o: input 'b.c' is new"])
        #expect(try await shop.explain([object()]) == ["a.o: 'b.c' is no input any more"])
    }

    @Test func `a missing output and one that something else wrote are told`() async throws {
        try await shop.build([object()])
        try FileManager.default.removeItem(atPath: shop.path("a.o"))
        #expect(try await shop.explain([object()]) == ["a.o: output 'a.o' is missing"])
        try shop.write("other", to: "a.o")
        #expect(
            try await shop.explain([object()])
                == ["a.o: output 'a.o' was changed by something else"])
        #expect(shop.read("a.o") == "a")
    }

    @Test func `a changed header is told, and one that is gone`() async throws {
        try shop.write("h", to: "a.h")
        let step = shop.shell(
            "echo 'a.o: a.c a.h' > a.d; cat a.c > $1", "a.o", ["a.c"], depfile: "a.d")
        try await shop.build([step])
        // Written just before the command ran: a second look may be needed before it is trusted.
        try await shop.build([step])
        #expect(try await shop.explain([step]) == [])
        try shop.write("H", to: "a.h")
        #expect(try await shop.explain([step]) == ["a.o: 'a.h', which it reads, changed"])
        try FileManager.default.removeItem(atPath: shop.path("a.h"))
        #expect(try await shop.explain([step]) == ["a.o: 'a.h', which it read, is gone"])
    }

    @Test func `a file that appears where it was looked for is told, with the directory above it`()
        async throws
    {
        var step = shop.shell("echo 'a.o: a.c' > a.d; cat a.c > $1", "a.o", ["a.c"], depfile: "a.d")
        step.discovering = { [shop] named in
            Step.Discovery(read: named, absent: ["h/x/a.h", "h/x/b.h", "c.h"].map(shop.path))
        }
        try await shop.build([step])
        #expect(try await shop.explain([step]) == [])
        try shop.write("c", to: "c.h")
        #expect(
            try await shop.explain([step]) == ["a.o: 'c.h', which it looked for, has appeared"])
        #expect(try await shop.explain([step]) == [])
        for name in ["h", "h/x"] {
            try FileManager.default.createDirectory(
                atPath: shop.path(name), withIntermediateDirectories: false)
            let reason = "a.o: '\(name)', which it looked for, has appeared"
            #expect(try await shop.explain([step]) == [reason])
        }
        try shop.write("z", to: "h/x/z.h")
        #expect(try await shop.explain([step]) == [])
        try shop.write("b", to: "h/x/b.h")
        #expect(
            try await shop.explain([step]) == ["a.o: 'h/x/b.h', which it looked for, has appeared"])
    }

    /// What a command was found to read may be made by a step that it does not name.
    @Test func `a file that a step was found to read is made before the step is decided`()
        async throws
    {
        func steps(_ signature: String) -> [Step] {
            let script = "echo 'a.o: a.c gen.h' > a.d; cat a.c gen.h > $1"
            return [
                shop.shell(script, "a.o", ["a.c"], depfile: "a.d"),
                shop.join("gen.h", ["b.c"], signature: signature),
            ]
        }
        try shop.write("?", to: "gen.h")
        try await shop.build(steps("1"), jobs: 1)
        try await shop.build(steps("1"), jobs: 1)
        #expect(try await shop.explain(steps("1")) == [])
        let reasons = try await shop.explain(steps("2"), executor: DryRunExecutor())
        #expect(
            reasons == [
                "gen.h: the command line changed", "a.o: input 'gen.h' would be made again",
            ])
        try await shop.build(steps("2"), jobs: 1)
        #expect(shop.read("a.o") == "ab2")
        // One that was only looked for, too; and a goal alone makes it.
        let build = Build(graph: try Graph(steps: steps("3")), log: shop.log)
        _ = try await build.run(goals: [shop.path("a.o")])
        #expect(shop.read("a.o") == "ab3")
    }

    @Test func `what a step was found to read never makes the build run in a circle`() async throws
    {
        try shop.write("x", to: "b")
        let reading = shop.shell("echo 'a: b' > a.d; cat b > $1", "a", ["a.c"], depfile: "a.d")
        try await shop.build([reading])
        let steps = [reading, shop.shell("cat a > $1; echo more >> $1", "b", ["a"])]
        let summary = try await shop.build(steps)
        #expect(summary.isComplete)
        #expect(shop.read("b") == "xmore\n")
    }

    /// The step read what was there for a moment only.
    @Test(arguments: ["a.c", "a.h"])
    func `an input that changes while a step runs, and back, makes it run again`(name: String)
        async throws
    {
        try shop.write("h", to: "a.h")
        let old = try #require(shop.read(name))
        let script = """
            printf other > \(name); cat a.c a.h > $1; printf \(old) > \(name); echo 'a.o: a.c a.h' > a.d
            """
        let step = shop.shell(script, "a.o", ["a.c"], depfile: "a.d")
        try await shop.build([step])
        #expect(shop.read(name) == old)
        #expect(shop.read("a.o")?.contains("other") == true)
        #expect(
            try await shop.explain([step], executor: DryRunExecutor())
                == ["a.o: '\(name)' was changed while it ran last time, or could not be read"])
    }

    @Test func `a step that failed runs again`() async throws {
        try await shop.build([object()])
        let failing = object("echo half > $1; exit 3")
        let summary = try await shop.build([failing])
        #expect(summary.failures.map(\.status) == ["exit code 3"])
        #expect(shop.read("a.o") == nil)
        #expect(
            try await shop.explain([object()]) == ["a.o: it failed or was interrupted last time"])
    }

    @Test func `a step that writes the same bytes makes nothing else run`() async throws {
        func steps() -> [Step] {
            [
                shop.join("upper", ["a.c"]) { $0.uppercased() },
                shop.join("end", ["upper"]),
            ]
        }
        try await shop.build(steps())
        _ = shop.takeNotes()
        try shop.write("A", to: "a.c")
        try await shop.build(steps())
        #expect(shop.takeNotes() == ["upper"])
    }

    @Test func `files that a function wrote beyond its outputs are guarded`() async throws {
        let (output, extra) = (shop.path("out"), shop.path("extra"))
        let step = Step(
            name: "out", inputs: [], outputs: [output],
            action: .function(
                Step.Function(signature: "1") {
                    try writeAtomically("o".utf8, to: output)
                    try writeAtomically("e".utf8, to: extra)
                    return [extra]
                }))
        try await shop.build([step])
        try FileManager.default.removeItem(atPath: extra)
        #expect(try await shop.explain([step]) == ["out: output 'extra' is missing"])
        #expect(shop.read("extra") == "e")
    }

    @Test func `a delegated step runs each time and keeps its output when it fails`() async throws {
        var step = object("echo once > $1")
        step.isDelegated = true
        try await shop.build([step])
        step = object("exit 1")
        step.isDelegated = true
        let summary = try await shop.build([step])
        #expect(summary.ran.map(\.reason) == [.decidesItself])
        #expect(summary.failures.count == 1)
        #expect(shop.read("a.o") == "once\n")
    }
}
