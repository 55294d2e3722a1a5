import ArgumentParser
import Console
import Diagnostics
import Foundation
import RunRecords

struct CrashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "List the capsules of operations that killed their workers, or show one.",
        discussion: """
            An operation that kills three workers leaves a capsule with all that it takes to execute \
            it again; so does one that 'marionette run --capture' names. A capsule is named by its \
            ID, by the beginning of one, or by its path. 'marionette replay' executes it.
            """,
        subcommands: [List.self, Show.self])
}

extension CrashCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the capsules of this project's runs, the newest first.")

        @OptionGroup var project: ProjectOptions

        @Flag(help: "Print the list as JSON.")
        var json = false

        func run() async throws {
            try await reportingErrors {
                let (capsules, faults) = KeptCapsules.all(project: project.directory)
                if json {
                    try printJSON(capsules.map(CapsuleRow.init))
                } else if capsules.isEmpty, faults.isEmpty {
                    try printResult("no run of this project left a capsule")
                } else {
                    for line in CapsuleTable(capsules: capsules).lines { try printResult(line) }
                }
                faults.map(\.diagnostic).forEach(printDiagnostic)
                if let fault = faults.first {
                    throw ArgumentParser.ExitCode(fault.exitCode.rawValue)
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a capsule holds: operation, arguments, shared data, updates.",
            discussion: """
                Values are shown as the project's interface names them, long ones abridged. The \
                report of the crash is that of the run's event log.
                """)

        @OptionGroup var project: ProjectOptions

        @Argument(help: ArgumentHelp("The capsule's ID, or its path.", valueName: "capsule"))
        var capsule: String

        func run() async throws {
            try await reportingErrors {
                let kept = try KeptCapsules.find(capsule, project: project.directory)
                var report = CapsuleReport(kept: kept)
                do {
                    report.model = try CapsuleInterface(project: project.directory).model(of: kept)
                } catch let error as any DiagnosticError {
                    // What needs no types is shown anyway.
                    report.modelFault = error.diagnostic.summary
                }
                if let run = kept.run {
                    let log = RunRecord.eventLog(in: "\(project.directory)/.marionette/runs/\(run)")
                    report.crash = (try? EventLogReader(path: log)).map {
                        CapsuleReport.crashLines(of: kept.capsule, in: $0)
                    }
                }
                for line in report.lines { try printResult(line) }
            }
        }
    }
}

/// A row of `crash list`, for programs.
struct CapsuleRow: Encodable {
    var id: String
    /// All digits.
    var name: String
    var path: String
    var run: String?
    var operation: String
    /// `12.345`
    var place: String
    var host: String
    var target: String
    /// `killed by SIGSEGV`; nil: it succeeded.
    var death: String?
    var kills: UInt32?
    var size: Int
    /// Seconds since 1970.
    var written: Int

    init(_ kept: KeptCapsule) {
        let capsule = kept.capsule
        id = kept.id
        name = kept.name
        path = kept.path
        run = kept.run
        operation = capsule.operation
        place = "\(capsule.place)"
        host = capsule.host
        target = capsule.target
        if case .death(let kills, let how) = capsule.outcome { (self.kills, death) = (kills, how) }
        size = kept.size
        written = Int(kept.modified.timeIntervalSince1970)
    }
}

/// What `marionette crash list` prints.
struct CapsuleTable {
    let capsules: [KeptCapsule]

    var lines: [String] {
        var table = TextTable()
        for title in ["id", "operation", "host", "outcome", "written"] { table.add(title) }
        table.add("size", .right)
        return table.lines(
            capsules.map { kept in
                let capsule = kept.capsule
                let outcome =
                    switch capsule.outcome {
                    case .death(_, let how): how
                    case .result: "succeeded"
                    }
                return [
                    kept.id, "\(capsule.operation) \(capsule.place)", capsule.host, outcome,
                    kept.modified.asLocalTime, kept.size.asBytes,
                ]
            })
    }
}

extension Date {
    /// `2026-11-29 10:43`
    var asLocalTime: String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyy-MM-dd HH:mm"
        return formatter.string(from: self)
    }
}
