import Foundation
import TestKit

/// Where a run stands that goes on no more.
enum Hanging {
    /// A sentence; the stacks of master and relays are written to the file.
    static func text(of master: TestProcess, _ tag: String, _ file: String) -> String {
        let processes = SlaveProcesses(tag: tag)
        let counts = Dictionary(grouping: processes.all) { "\($0.host) \($0.role) \($0.state)" }
            .map { "\($1.count) × \($0)" }.sorted().joined(separator: ", ")
        let relays = processes.of(.relay).map(\.identifier)
        let stacks = ([master.identifier] + relays.prefix(4)).map { process in
            // Without gdb there are no stacks.
            let tool = try? TestProcess.run(
                ["gdb", "-p", "\(process)", "-batch", "-ex", "thread apply all bt 25"], within: 300)
            return "process \(process)\n\(tool?.output ?? "no gdb")"
        }
        try? stacks.joined(separator: "\n\n").write(toFile: file, atomically: true, encoding: .utf8)
        let last =
            master.output.split(separator: "\n").last { $0.hasPrefix("step ") } ?? "the start"
        return """
            no sign of life for \(Int(SeedTrial.patience)) s, in \(last); processes: \(counts); \
            stacks: \(file)
            """
    }
}
