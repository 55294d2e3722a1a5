import BuildGraph
import Foundation
import Inventory
import TestKit
import Testing

@testable import SlaveBuild

/// What compilers say, in the form in which it is shown.
@Suite struct BuildRemarksTests {
    private func step(_ name: String, _ group: String, isDelegated: Bool = false) -> Step {
        Step(
            name: name, group: group, inputs: [], outputs: ["/o"],
            action: .command(Step.Command(arguments: ["zig"])), isDelegated: isDelegated)
    }

    private static let warning = """
        /project/worker/x.c:3:5: warning: unused variable 'y' [-Wunused-variable]
            3 | int y;
              |     ^
        1 warning generated.

        """

    @Test func `warnings of compiles that succeed are shown, equal ones of several targets once`() {
        var remarks = BuildRemarks(directory: "/project")
        let targets = ["aarch64", "arm", "s390x", "x86_64"]
        var groups = Dictionary(uniqueKeysWithValues: targets.map { ($0, 1) })
        groups["stubs"] = 1
        groups["master"] = 1
        _ = remarks.apply(.planned(steps: groups, names: ["compile worker/x.c": 4]))
        let only = "/project/worker/x.c:9:1: warning: shift count >= width of type\n"
        var shown: [String] = []
        for target in targets {
            let step = step("compile worker/x.c", target)
            _ = remarks.apply(.started(step, .neverBuilt))
            let output = target == "arm" ? Self.warning + only : Self.warning
            shown = remarks.apply(.finished(step, .succeeded(output: output, written: [])))
            if target != "x86_64" { #expect(shown == []) }
        }
        #expect(
            shown == [
                """
                all 4 targets:
                worker/x.c:3:5: warning: unused variable 'y' [-Wunused-variable]
                    3 | int y;
                      |     ^
                """,
                """
                arm:
                worker/x.c:9:1: warning: shift count >= width of type
                """,
            ])
        #expect(remarks.finish() == [])
    }

    @Test func `targets are listed where some agree`() {
        #expect(["a", "b", "c", "d"].listed == "a, b and 2 more")
        #expect(["a", "b", "c"].listed == "a, b and c")
        #expect(["a", "b"].listed == "a and b")
        #expect(["a"].listed == "a")
    }

    @Test func `what a failed build said is shown when nothing more will be said of the source`() {
        var remarks = BuildRemarks(directory: "/project", shownAs: "some/where")
        _ = remarks.apply(
            .planned(steps: ["arm": 2, "s390x": 2], names: ["compile worker/x.c": 2]))
        let failing = step("compile worker/x.c", "arm")
        _ = remarks.apply(.started(failing, .neverBuilt))
        #expect(
            remarks.apply(.finished(failing, .failed(output: Self.warning, status: "exit code 1")))
                == [
                    """
                    arm:
                    some/where/worker/x.c:3:5: warning: unused variable 'y' [-Wunused-variable]
                        3 | int y;
                          |     ^
                    """
                ])
    }

    @Test(arguments: (1...200).map { UInt64($0) })
    func `each remark is shown once, with the targets that made it, in any order of steps`(
        seed: UInt64
    ) {
        var numbers = SeededNumbers(seed)
        let targets = (0...numbers.below(6)).map { "t\($0)" }
        let sources = (0...numbers.below(4)).map { "s\($0).c" }
        let keepsGoing = numbers.below(2) == 0
        var remarks = BuildRemarks(directory: "/p", keepsGoing: keepsGoing)
        _ = remarks.apply(
            .planned(
                steps: Dictionary(uniqueKeysWithValues: targets.map { ($0, sources.count) }),
                names: Dictionary(uniqueKeysWithValues: sources.map { ($0, targets.count) })))
        var waiting = targets.flatMap { target in sources.map { step($0, target) } }
            .shuffled(using: &numbers)
        var running: [Step] = []
        var said: [String: Set<String>] = [:]
        var shown: [String] = []
        var hasFailed = false
        while !waiting.isEmpty || !running.isEmpty {
            let mayStart = !waiting.isEmpty && (keepsGoing || !hasFailed)
            if mayStart, running.isEmpty || numbers.below(2) == 0 {
                let step = waiting.removeLast()
                if numbers.below(5) == 0 {
                    shown += remarks.apply(.upToDate(step))
                } else {
                    running.append(step)
                    shown += remarks.apply(.started(step, .neverBuilt))
                }
                continue
            }
            guard !running.isEmpty else { break }
            let step = running.remove(at: numbers.below(running.count))
            var output = ""
            for line in 1...3 where numbers.below(2) == 0 {
                let text = "\(step.name):\(line):1: warning: w\(line)"
                said[text, default: []].insert(step.group)
                output += "/p/\(text)\n  | ^\n"
            }
            let fails = numbers.below(12) == 0
            hasFailed = hasFailed || fails
            shown += remarks.apply(
                .finished(
                    step,
                    fails
                        ? .failed(output: output, status: "exit code 1")
                        : .succeeded(output: output, written: [])))
        }
        shown += remarks.finish()
        let lines = shown.joined(separator: "\n").split(separator: "\n")
        var found: [String: Int] = [:]
        for line in lines where line.contains(": warning: ") {
            found[String(line), default: 0] += 1
        }
        #expect(found.keys.sorted() == said.keys.sorted(), "seed \(seed)")
        #expect(found.values.allSatisfy { $0 == 1 }, "seed \(seed): \(found)")
        guard targets.count > 1 else { return }
        // The heading above a remark, which is that of the last one that has any.
        var heading = ""
        for text in shown {
            let parts = text.split(separator: "\n")
            if parts[0].hasSuffix(":"), !parts[0].contains("warning") { heading = String(parts[0]) }
            guard let line = parts.first(where: { $0.contains(": warning: ") }),
                let groups = said[String(line)]
            else { continue }
            #expect(
                groups.count == targets.count
                    ? heading.hasSuffix(" targets:")
                    : heading.split(separator: " ").first.map {
                        groups.contains(String($0).trimmingCharacters(in: [",", ":"]))
                    } ?? false, "seed \(seed): \(text)")
        }
    }

    @Test func `the master's own errors stand first, without progress and each once`() {
        let output = MasterOutput(directory: "/p").errors(
            in: """
                Building for production...
                [0/3] Write sources
                [1/3] Compiling Dependency File.swift
                /p/.build/checkouts/Dependency/File.swift:1:2: warning: old
                1 | old
                /elsewhere/Sources/Other/Other.swift:4:1: error: no such thing
                4 | thing
                error: emit-module command failed with exit code 1 (use -v to see invocation)
                [2/3] Emitting module app
                /p/Sources/app/main.swift:1:7: warning: never used
                1 | let x = three
                /p/Sources/app/main.swift:1:9: error: cannot find 'three' in scope
                1 | let x = three
                  |         `- error: cannot find 'three' in scope
                2 | 

                [3/3] Compiling app main.swift
                /p/Sources/app/main.swift:1:9: error: cannot find 'three' in scope
                1 | let x = three
                  |         `- error: cannot find 'three' in scope
                2 | 

                error: fatalError

                """)
        #expect(
            output == """
                /p/Sources/app/main.swift:1:9: error: cannot find 'three' in scope
                1 | let x = three
                  |         `- error: cannot find 'three' in scope
                2 | 
                /p/Sources/app/main.swift:1:7: warning: never used
                1 | let x = three
                /elsewhere/Sources/Other/Other.swift:4:1: error: no such thing
                4 | thing

                """)
        let other = MasterOutput(directory: "/p").errors(
            in: "[1/2] Planning\nsomething else\nwent wrong\n")
        #expect(other == "something else\nwent wrong\n")
    }
}
