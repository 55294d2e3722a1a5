import BuildGraph
import Foundation

// TrialBuild DIRECTORY JOBS: builds what `nodes` in the directory says, and prints the names of the
// steps that ran. It is a process of its own, so that a test may kill it at any moment.
//
// A line of `nodes` is a step: its output, a signature, the names that it always reads, and those that
// must be there before it, with tabs between them and spaces between names. What else it reads stands in
// a file beside it (see script.sh).

let directory = CommandLine.arguments[1]
let text = try String(contentsOfFile: "\(directory)/nodes", encoding: .utf8)
let steps = text.split(separator: "\n").map { line in
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
    func paths(_ field: Int) -> [String] {
        fields[field].split(separator: " ").map { "\(directory)/\($0)" }
    }
    let output = String(fields[0])
    var step = Step(
        name: output, inputs: ["\(directory)/\(output).use"] + paths(2), orderOnly: paths(3),
        outputs: ["\(directory)/\(output)"], depfile: "\(directory)/\(output).d",
        action: .command(
            Step.Command(
                arguments: ["sh", "script.sh", output, String(fields[1])]
                    + fields[2].split(separator: " ").map(String.init),
                directory: directory)))
    // The script marks the names that it did not find.
    step.discovering = { named in
        let absent = named.filter { $0.hasSuffix("?") }
        return Step.Discovery(
            read: named.filter { !$0.hasSuffix("?") }, absent: absent.map { String($0.dropLast()) })
    }
    return step
}
let build = Build(
    graph: try Graph(steps: steps), log: "\(directory)/log",
    jobs: Int(CommandLine.arguments[2]) ?? 1)
let summary = try await build.run()
print(summary.ran.map(\.step.name).joined(separator: " "))
exit(summary.isComplete ? 0 : 1)
