import ArgumentParser
import Console
import Inventory

struct TargetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets",
        abstract: "List the targets, and whether this machine can build each.",
        discussion: """
            'machines' is what 'uname -m' prints on hosts of the target. 'workers' lists the languages \
            that this machine can compile for it.
            """)

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            let statuses = try TargetCatalog.load().statuses()
            if json { return try printJSON(statuses.map(TargetRecord.init)) }
            for line in Self.table(statuses) { try printResult(line) }
            let reasons = Set(statuses.compactMap(\.swift.reason)).sorted()
            if !reasons.isEmpty { try printResult("") }
            for reason in reasons { try printResult("workers in C only: \(reason)") }
            let remedies = statuses.compactMap(\.remedy) + statuses.compactMap(\.swift.remedy)
            for remedy in Set(remedies).sorted() { try printResult("\nmissing: \(remedy)") }
        }
    }

    static func table(_ statuses: [TargetStatus]) -> [String] {
        var rows = [["target", "machines", "order", "bits", "workers", "built with"]]
        rows += statuses.map { status in
            let target = status.target
            let tool = status.toolchain.map { "\($0.kind.rawValue) \($0.version)" }
            return [
                target.name, target.machines.joined(separator: " "), target.endianness.rawValue,
                String(target.wordBits), status.swift.languages,
                (tool ?? "missing: \(target.toolchain.rawValue)")
                    + (status.isNative ? ", runs here" : ""),
            ]
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}

extension SwiftStatus {
    /// In what workers can be written.
    fileprivate var languages: String {
        if case .buildable = self { "C, Swift" } else { "C" }
    }

    fileprivate var reason: String? {
        if case .onlyC(let reason) = self { reason } else { nil }
    }

    fileprivate var remedy: String? {
        if case .missing(let remedy) = self { remedy } else { nil }
    }
}

/// A target, for programs.
private struct TargetRecord: Encodable {
    var target: String
    var machines: [String]
    var endianness: String
    var wordBits: Int
    var emulator: String
    var isNative: Bool
    var isBuildable: Bool
    var toolchain: String
    var version: String?
    var path: String?
    var remedy: String?
    var languages: [String]
    /// Why workers can't be written in Swift.
    var swiftReason: String?
    var swiftVersion: String?

    init(_ status: TargetStatus) {
        target = status.target.name
        machines = status.target.machines
        endianness = status.target.endianness.rawValue
        wordBits = status.target.wordBits
        emulator = status.target.emulator
        isNative = status.isNative
        isBuildable = status.toolchain != nil
        toolchain = status.target.toolchain.rawValue
        version = status.toolchain?.version
        path = status.toolchain?.path
        remedy = status.remedy
        languages = ["c"]
        swiftReason = status.swift.reason ?? status.swift.remedy
        if case .buildable(let swift) = status.swift {
            languages.append("swift")
            swiftVersion = swift.version
        }
    }
}
