import Foundation
import TestKit
import Testing

@testable import BuildGraph

/// Graphs of real commands that read what nobody declared, are edited, and whose builds are killed at
/// any moment: in the end each output is what a build from scratch makes of the sources.
@Suite struct KilledBuildTests {
    @Test(arguments: seedsOfThisRun(2))
    func `builds that are killed leave what a build from scratch leaves`(seed: UInt64) throws {
        var random = SeededNumbers(seed)
        var world = TrialWorld(&random)
        let (shop, fresh) = (try Workshop(), try Workshop())
        try world.write(to: shop.directory)
        for round in 0..<random.within(3...6) {
            let place: Comment = "MARIONETTE_SEED=\(seed), round \(round)"
            for _ in 0..<random.within(0...3) {
                try kill(
                    build(shop, jobs: random.within(1...4)),
                    after: random.below([30, 120, 400][random.below(3)]), in: shop)
                world.edit(&random, in: shop.directory)
                try world.write(to: shop.directory)
            }
            _ = try ran(build(shop, jobs: random.within(1...4)), place)

            try FileManager.default.removeItem(atPath: fresh.directory)
            try FileManager.default.createDirectory(
                atPath: fresh.directory, withIntermediateDirectories: false)
            try world.write(to: fresh.directory)
            _ = try ran(build(fresh, jobs: 1), place)
            for output in world.outputs { #expect(shop.read(output) == fresh.read(output), place) }

            // What was written in the tick of the clock in which a step began is looked at once more.
            _ = try ran(build(shop, jobs: 2), place)
            #expect(try ran(build(shop, jobs: 2), place) == "", place)
            world.edit(&random, in: shop.directory)
            try world.write(to: shop.directory)
        }
    }

    private func build(_ shop: Workshop, jobs: Int) throws -> (process: Process, output: Pipe) {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tests).deletingLastPathComponent()
            .appendingPathComponent("TrialBuild")
        process.arguments = [shop.directory, "\(jobs)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        return (process, pipe)
    }

    private func ran(_ build: (process: Process, output: Pipe), _ place: Comment) throws -> String {
        let data = try build.output.fileHandleForReading.readToEnd() ?? Data()
        build.process.waitUntilExit()
        #expect(build.process.terminationStatus == 0, place)
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// Kills a build, and waits until the commands that it had started have ended.
    private func kill(
        _ build: (process: Process, output: Pipe), after milliseconds: Int, in shop: Workshop
    ) throws {
        usleep(UInt32(milliseconds) * 1_000)
        Glibc.kill(build.process.processIdentifier, SIGKILL)
        build.process.waitUntilExit()
        while try isAtWork(in: shop.directory) { usleep(1_000) }
    }

    private func isAtWork(in directory: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { name in
            Int(name) != nil
                && (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd"))
                    == directory
        }
    }
}

/// What is to be built: sources, and nodes that read them and each other.
private struct TrialWorld {
    struct Node {
        var signature: String
        var inputs: [String]
        /// Nodes that are there before this one; it may read them.
        var orderOnly: [String]
        /// What it reads besides, where that exists.
        var uses: [String]
    }

    var sources: [String: String] = [:]
    var nodes: [Node] = []

    var outputs: [String] { nodes.indices.map { "o\($0)" } }
    private static let names = (0..<6).map { "s\($0)" }
    /// Some are there, some are not.
    private static let optional = ["p0", "p1", "d/p2"]

    init(_ random: inout SeededNumbers) {
        for name in Self.names { sources[name] = "\(random.below(100))" }
        for index in 0..<random.within(4...12) {
            let known = Self.names + (0..<index).map { "o\($0)" }
            let inputs = (0..<random.within(1...3)).map { _ in known[random.below(known.count)] }
            let before = index == 0 ? [] : [outputs[random.below(index)]]
            nodes.append(
                Node(
                    signature: "\(index)", inputs: Set(inputs).sorted(), orderOnly: before, uses: []
                ))
            nodes[index].uses = uses(of: index, &random)
        }
    }

    private func uses(of index: Int, _ random: inout SeededNumbers) -> [String] {
        let known = Self.names + Self.optional + nodes[index].orderOnly
        return (0..<random.below(4)).map { _ in known[random.below(known.count)] }
    }

    mutating func edit(_ random: inout SeededNumbers, in directory: String) {
        let source = Self.names[random.below(Self.names.count)]
        let optional = Self.optional[random.below(Self.optional.count)]
        let node = random.below(nodes.count)
        let output = "\(directory)/\(outputs[node])"
        switch random.below(11) {
        case 0, 1: sources[source] = "\(random.below(100))"
        case 2, 3, 4: sources[optional] = sources[optional] == nil ? "\(random.below(100))" : nil
        case 5, 6: nodes[node].uses = uses(of: node, &random)
        case 7: nodes[node].signature += "'"
        case 8: unlink(output)
        case 9:
            try? "damaged".write(toFile: output, atomically: random.chance(0.5), encoding: .utf8)
        default: nodes[node].inputs = [source]
        }
    }

    /// Writes what is not there already.
    func write(to directory: String) throws {
        for name in Self.names + Self.optional {
            try put(sources[name], name, directory)
        }
        for (index, node) in nodes.enumerated() {
            try put(node.uses.joined(separator: "\n"), "o\(index).use", directory)
        }
        try put(
            nodes.enumerated().map { index, node in
                let inputs = node.inputs.joined(separator: " ")
                return
                    "o\(index)\t\(node.signature)\t\(inputs)\t\(node.orderOnly.joined(separator: " "))"
            }.joined(separator: "\n"), "nodes", directory)
        try put(Self.script, "script.sh", directory)
    }

    /// nil: the file is removed.
    private func put(_ text: String?, _ name: String, _ directory: String) throws {
        let path = "\(directory)/\(name)"
        guard let text else {
            unlink(path)
            return
        }
        guard (try? String(contentsOfFile: path, encoding: .utf8)) != text else { return }
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(),
            withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    /// The output is a checksum, or for one of three only its last digit, so that most changes end there.
    /// It is written in two parts, and the depfile between them.
    private static let script = """
        out=$1 signature=$2
        shift 2
        found= absent=
        while read -r name || [ -n "$name" ]; do
            if [ -f "$name" ]; then found="$found $name"; else absent="$absent $name?"; fi
        done <"$out.use"
        sum=$(for name in "$@" $found; do cat "$name"; echo; done | cksum)
        printf %s "$signature" >"$out"
        echo "$out: $* $found $absent" >"$out.d"
        sleep 0.00$((${#sum} % 7))
        sum=${sum% *}
        case $signature in *[147]*) sum=${sum#"${sum%?}"} ;; esac
        echo " $sum" >>"$out"
        """
}
