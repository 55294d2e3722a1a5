import Foundation
import Testing

@testable import BuildGraph

/// A random graph is changed in random ways; after each change an incremental build must leave
/// exactly what a build from scratch leaves, and a further build must find nothing to do.
@Suite struct RandomGraphTests {
    @Test(arguments: 0..<8)
    func `an incremental build leaves what a build from scratch leaves`(seed: Int) async throws {
        var random = SeededGenerator(state: UInt64(seed))
        var world = World.random(&random)
        let shop = try Workshop()
        for _ in 0..<12 {
            try world.writeSources(to: shop)
            let summary = try await shop.build(world.steps(in: shop), jobs: 4)
            #expect(summary.isComplete)

            let fresh = try Workshop()
            try world.writeSources(to: fresh)
            try await fresh.build(world.steps(in: fresh), jobs: 1)
            for output in world.outputs { #expect(shop.read(output) == fresh.read(output)) }

            let again = try await shop.build(world.steps(in: shop))
            #expect(again.ran.map(\.reason) == [], "seed \(seed)")
            try world.change(&random, in: shop)
        }
    }
}

private struct World {
    struct Node {
        var inputs: [String]
        var signature: String
        /// Its output is one of two: most changes of the inputs end here.
        var isLossy: Bool
    }

    var sources: [String: String]
    var nodes: [Node]

    var outputs: [String] { nodes.indices.map { "o\($0)" } }

    static func random(_ random: inout SeededGenerator) -> World {
        let names = (0..<8).map { "s\($0)" }
        var nodes: [Node] = []
        for index in 0..<30 {
            let known = names + (0..<index).map { "o\($0)" }
            let count = Int.random(in: 1...4, using: &random)
            let inputs = Set((0..<count).compactMap { _ in known.randomElement(using: &random) })
            nodes.append(
                Node(
                    inputs: inputs.sorted(), signature: "\(index)",
                    isLossy: Int.random(in: 0..<4, using: &random) == 0))
        }
        return World(
            sources: Dictionary(uniqueKeysWithValues: names.map { ($0, $0) }), nodes: nodes)
    }

    func steps(in shop: Workshop) -> [Step] {
        nodes.enumerated().map { index, node in
            let isLossy = node.isLossy
            return shop.join("o\(index)", node.inputs, signature: node.signature) { text in
                let sum = text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
                    ($0 ^ UInt64($1)) &* 1_099_511_628_211
                }
                return isLossy ? "\(sum % 2)" : "\(sum)"
            }
        }
    }

    func writeSources(to shop: Workshop) throws {
        for (name, text) in sources where shop.read(name) != text {
            try shop.write(text, to: name)
        }
    }

    mutating func change(_ random: inout SeededGenerator, in shop: Workshop) throws {
        let output = outputs.randomElement(using: &random) ?? ""
        let source = sources.keys.sorted().randomElement(using: &random) ?? ""
        let node = Int.random(in: nodes.indices, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: sources[source] = "\(Int.random(in: 10...99, using: &random))"
        case 1: nodes[node].signature += "'"
        case 2: try FileManager.default.removeItem(atPath: shop.path(output))
        case 3: try shop.write("damaged", to: output)
        case 4: nodes[node].inputs = [source]
        default: try shop.write(sources[source] ?? "", to: source)
        }
    }
}
