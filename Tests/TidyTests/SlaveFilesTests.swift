import Foundation
import Testing

/// The slave's files and rooms stand in a line, as the modules do: whoever reads one has to know
/// only what stands below it.
@Suite struct SlaveFilesTests {
    private static let folder = "Sources/CSlave/"
    /// Below `include` stands what generated code calls: declarations of functions of many rooms.
    private static let files = Repository.files(
        under: ["Sources/CSlave"], endings: [".c", ".h"], alsoGenerated: true
    ).filter { !$0.hasPrefix("\(folder)include/") }

    @Test func `no files of the slave call each other in a circle`() throws {
        let calls = try Self.calls()
        #expect(
            calls["relay/relay"]?.contains("relay/requests") == true, "what calls what is unknown")
        #expect(calls.values.map(\.count).reduce(0, +) > 100)
        #expect(Self.inCircles(calls) == [])
    }

    @Test func `no rooms of the slave include each other in a circle`() throws {
        var includes: [String: Set<String>] = [:]
        for path in Self.files {
            let room = Self.room(path)
            for match in try Repository.text(of: path).matches(of: /#include "\.\.\/(\w+)\//) {
                includes[room, default: []].insert(String(match.output.1))
            }
        }
        #expect(includes["relay"]?.contains("protocol") == true)
        #expect(Self.inCircles(includes) == [])
    }

    /// The state of a part is its own file's: others call its functions, and never name what it has.
    @Test(arguments: [
        ("stop", "protocol/stop"), ("areas", "buffers/areas"), ("sending", "relay/sending"),
        ("operations", "relay/operation"), ("output", "relay/output"),
        ("guardian", "relay/guardian"), ("channel", "relay/channel"), ("slots", "relay/slots"),
        ("replica", "relay/replicas"), ("replicas", "relay/replicas"),
        ("updates", "relay/updates"), ("durations", "relay/durations"),
        ("handed", "relay/handed"), ("reply", "relay/replies"),
        ("worker", "relay/worker_process"), ("holds", "relay/holds"), ("workers", "relay/workers"),
    ])
    func `only its own file looks into a part of the relay`(part: String, owner: String) throws {
        let access = try Regex("\\b\(part)(->|\\.)[a-z]")
        let looks = try Self.files.filter { $0.contains("/relay/") || Self.name($0) == owner }
            .filter { path in
                try Repository.text(of: path).split(separator: "\n").contains { line in
                    !line.hasPrefix("#include") && line.contains(access)
                }
            }
        #expect(Set(looks.map(Self.name)) == [owner])
    }

    /// `port/files` for the file and its header.
    private static func name(_ path: String) -> String {
        String(path.dropFirst(folder.count).prefix { $0 != "." })
    }

    private static func room(_ path: String) -> String {
        String(path.dropFirst(folder.count).split(separator: "/").dropLast().first ?? "")
    }

    /// Which files use functions of which, by their names.
    private static func calls() throws -> [String: Set<String>] {
        var words: [String: Set<String>] = [:]
        var definer: [String: String] = [:]
        for path in files {
            let text = try Repository.text(of: path)
                // Comments, texts, tags, declarations.
                .replacing(#/(?s)/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\b(?:struct|enum)\s+\w+/#, with: "")
                .replacing(#/(?m)^[a-z][^;{}]*;/#, with: "")
            words[name(path), default: []].formUnion(
                text.matches(of: /\w+/).map { String($0.output) })
            let definition = #/(?m)^([a-z][\w *]*[ *])(\w+)\([^;{}]*\)\n\{/#
            for match in text.matches(of: definition)
            where path.hasSuffix(".h") || !match.output.1.hasPrefix("static ") {
                definer[String(match.output.2)] = name(path)
            }
        }
        return words.reduce(into: [:]) { calls, file in
            calls[file.key] = Set(file.value.compactMap { definer[$0] }).subtracting([file.key])
        }
    }

    /// Those that are left when, again and again, whoever needs nobody that is left has gone; not
    /// those, then, that only need one of them.
    private static func inCircles(_ needs: [String: Set<String>]) -> [String] {
        let forwards = peeled(needs)
        let backwards = peeled(
            needs.reduce(into: [:]) { turned, one in
                for needed in one.value { turned[needed, default: []].insert(one.key) }
            })
        return forwards.intersection(backwards).sorted()
    }

    private static func peeled(_ needs: [String: Set<String>]) -> Set<String> {
        var left = Set(needs.keys)
        while case let free = left.filter({ needs[$0, default: []].isDisjoint(with: left) }),
            !free.isEmpty
        {
            left.subtract(free)
        }
        return left
    }
}
