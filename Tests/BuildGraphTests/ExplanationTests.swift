import Foundation
import Testing

@testable import BuildGraph

@Suite struct ExplanationTests {
    let shop: Workshop

    init() throws {
        shop = try Workshop()
        try shop.write("a", to: "a.c")
        try shop.write("h", to: "a.h")
    }

    private func steps(_ tool: String = "sh 1") -> [Step] {
        var compile = shop.shell(
            "echo 'a.o: a.c a.h' > a.d; cat a.c > $1", "a.o", ["a.c"], depfile: "a.d", tool: tool)
        compile.discovering = { [shop] named in
            Step.Discovery(read: named, absent: [shop.path("x/a.h")])
        }
        return [compile, shop.shell("cat a.o > $1", "a", ["a.o"])]
    }

    private func explain(_ output: String, _ steps: [Step]) throws -> Explanation {
        try Build(graph: Graph(steps: steps), log: shop.log).explain(shop.path(output))
    }

    private func shortened(_ path: String) -> String {
        path.replacing(shop.directory + "/", with: "")
    }

    @Test func `an output that is up to date says by what`() async throws {
        for _ in 0..<2 { try await shop.build(steps()) }
        // Written anew, with the same content.
        try shop.write("a", to: "a.c")
        let before = try shop.snapshot()
        guard case .upToDate(let evidence) = try explain("a.o", steps()).verdict else {
            Issue.record("it is not up to date")
            return
        }
        // Whether other files are read depends on how quickly this test runs.
        let texts = evidence.map {
            $0.text(shorten: shortened)
                .replacing("was not written since", with: "has the same content")
                .replacing(", though it may have been written", with: "")
        }
        #expect(
            texts == [
                "the command line and its environment are the same, and so is the tool, 'sh 1'",
                "input 'a.c' has the same content", "'a.h', which it reads, has the same content",
                "'x', which it looked for, still does not exist",
                "output 'a.o' has the same content",
            ])
        #expect(evidence.contains(.sameInput(path: shop.path("a.c"), wasRead: true)))
        #expect(try shop.snapshot() == before)
    }

    @Test func `an output that would be made again says why, and where that begins`() async throws {
        try await shop.build(steps())
        let explanation = try explain("a", steps("sh 2"))
        #expect(explanation.verdict == .runs(.inputPending(path: shop.path("a.o"))))
        #expect(explanation.causes.map(\.step.name) == ["a.o"])
        #expect(explanation.causes.map(\.reason) == [.toolChanged(from: "sh 1", to: "sh 2")])
    }

    @Test func `an output that was never built says so, and one that nothing makes is refused`()
        throws
    {
        #expect(try explain("a.o", steps()).verdict == .runs(.neverBuilt))
        #expect(throws: GraphError.goalIsSource(path: shop.path("a.c"))) {
            try explain("a.c", steps())
        }
        #expect(throws: GraphError.unknownGoal(path: shop.path("b"))) { try explain("b", steps()) }
    }

    @Test func `what a build would do with each step is found without doing it`() async throws {
        for _ in 0..<2 { try await shop.build(steps()) }
        try FileManager.default.removeItem(atPath: shop.path("a"))
        let graph = try Graph(steps: steps())
        #expect(
            try Build(graph: graph, log: shop.log).verdicts().map(\.reason)
                == [nil, .outputMissing(path: shop.path("a"))])
    }
}

@Suite struct GraphDrawingTests {
    @Test func `a graph is drawn with its groups, and with what would run`() throws {
        func step(_ name: String, _ group: String, _ inputs: [String], _ orderOnly: [String] = [])
            -> Step
        {
            Step(
                name: "\(name)", group: group, inputs: inputs, orderOnly: orderOnly,
                outputs: ["/p/\(name)"], action: .function(Step.Function(signature: "") { [] }))
        }
        let graph = try Graph(steps: [
            step("stubs.h", "", ["/p/a.x"]),
            step("a.o", "aarch64", ["/p/a \"b\".c"], ["/p/stubs.h"]),
            step("a", "aarch64", ["/p/a.o", "/p/stubs.h"]),
        ])
        let drawing = GraphDrawing(showsSources: true) { String($0.dropFirst(3)) }
        let verdicts: [Verdict] = [
            .upToDate([]), .runs(.inputChanged(path: "/p/a \"b\".c")),
            .runs(.inputPending(path: "/p/a.o")),
        ]
        #expect(
            drawing.text(of: graph, verdicts: verdicts) == """
                digraph build {
                  rankdir=LR;
                  node [shape=box, style=filled, fillcolor=white, fontname="sans-serif"];
                  step0 [label="stubs.h", tooltip="stubs.h", fillcolor="#d8f0d8"];
                  subgraph cluster_1 {
                    label="aarch64";
                    step1 [label="a.o\\ninput 'a \\"b\\".c' changed", tooltip="a.o", fillcolor="#ffe0a0"];
                    step2 [label="a\\ninput 'a.o' would be made again", tooltip="a", fillcolor="#fff4d0"];
                  }
                  step0 -> step1 [style=dashed];
                  step0 -> step2;
                  step1 -> step2;
                  file1 [label="a.x", shape=note];
                  file1 -> step0;
                  file3 [label="a \\"b\\".c", shape=note];
                  file3 -> step1;
                }

                """)
        let page = GraphPage(title: "a < b") { String($0.dropFirst(3)) }
            .text(of: graph, verdicts: verdicts)
        #expect(page.contains("<title>a &lt; b</title>"))
        #expect(
            page.contains(
                """
                ["stubs.h","","current","",["stubs.h"],[],["a.x"]],
                ["a.o","aarch64","runs","input 'a \\"b\\".c' changed",["a.o"],[0],["a \\"b\\".c"]],
                ["a","aarch64","follows","input 'a.o' would be made again",["a"],[0,1],[]]

                """))
        // It loads nothing, and a name ends no element.
        #expect(!page.contains("http") && !page.contains("src=") && !page.contains("href="))
        let odd = try Graph(steps: [step("</script>\u{1}", "", [])])
        let text = GraphPage(title: "").text(of: odd, verdicts: [.upToDate([])])
        #expect(text.contains(#"["\u003c/script\u003e\u0001""#))
        #expect(!GraphDrawing().text(of: graph).contains("file"))
        #expect(!GraphDrawing().text(of: graph).contains("fillcolor=\"#"))
    }
}
