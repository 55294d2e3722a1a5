import Diagnostics
import Testing

@testable import BuildGraph

@Test func `steps that need each other are told with their circle`() throws {
    let error = try #require(throws: GraphError.self) {
        try Graph(steps: [
            step("/a", ["/b"]), step("/b", ["/c"]), step("/c", ["/a", "/x"]), step("/d", []),
        ])
    }
    #expect(
        error.diagnostic.rendered == """
            error: the build runs in a circle
              note: 'make /a' needs '/b', which 'make /b' makes
              note: 'make /b' needs '/c', which 'make /c' makes
              note: 'make /c' needs '/a', which 'make /a' makes
            """)
}

@Test func `two steps for one file are told with both`() throws {
    let error = try #require(throws: GraphError.self) {
        try Graph(steps: [step("/a", []), step("/a", ["/b"])])
    }
    #expect(
        error.diagnostic.rendered == """
            error: two steps make '/a'
              note: 'make /a'
              note: 'make /a'
            """)
}

@Test func `an input that nothing makes and that does not exist is told`() async throws {
    let shop = try Workshop()
    let graph = try Graph(steps: [step("/a", ["/no/such/file"])])
    let error = await #expect(throws: GraphError.self) {
        try await Build(graph: graph, log: shop.log).run()
    }
    #expect(
        error?.diagnostic.rendered == """
            error: '/no/such/file' does not exist
              note: 'make /a' needs it
            """)
}

@Test func `a directory in which nothing can be made is told`() async throws {
    let shop = try Workshop()
    try shop.write("", to: "file")
    let graph = try Graph(steps: [step("/a", [])])
    let error = await #expect(throws: GraphError.self) {
        try await Build(graph: graph, log: shop.path("file/build/log")).run()
    }
    #expect(
        error?.diagnostic.rendered == """
            error: can't make '\(shop.path("file/build"))': not a directory
              note: a build keeps there what it makes
              help: let this user write there
            """)
}

@Test func `a goal that nothing makes is told`() async throws {
    let shop = try Workshop()
    let graph = try Graph(steps: [step("/a", [])])
    let error = await #expect(throws: GraphError.self) {
        try await Build(graph: graph, log: shop.log).run(goals: ["/b"])
    }
    #expect(error?.diagnostic.rendered == "error: nothing makes '/b'")
}

@Test func `a goal that is a source is told`() async throws {
    let shop = try Workshop()
    let graph = try Graph(steps: [step("/a", ["/b"])])
    let error = await #expect(throws: GraphError.self) {
        try await Build(graph: graph, log: shop.log).run(goals: ["/b"])
    }
    #expect(
        error?.diagnostic.rendered == """
            error: nothing makes '/b'
              note: it is a source, which steps read
            """)
}

@Test func `a pool without a size is told with its step`() throws {
    var link = step("/a", [])
    link.pool = "links"
    let error = try #require(throws: GraphError.self) { try Graph(steps: [link], pools: ["x": 1]) }
    #expect(
        error.diagnostic.rendered == """
            error: pool 'links' has no size
              note: 'make /a' is in it
            """)
}

private func step(_ output: String, _ inputs: [String]) -> Step {
    Step(
        name: "make \(output)", inputs: inputs, outputs: [output],
        action: .function(Step.Function(signature: "") { [] }))
}
