import ArgumentParser
import Diagnostics
import Inventory

struct TargetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets",
        abstract: "List the targets, what builds each here, and what to install for the rest.",
        discussion: """
            'machine' is what 'uname -m' prints on hosts of the target; +2 stands for two other names, \
            which --json lists. 'workers' lists the languages \
            that this machine can compile for it. Each toolchain is tried on a small program, so that \
            'built with' is what works. A target's toolchains are taken in the order of its file.

            The list has the targets that come with Marionette, and the project's own: files in \
            'Targets' beside marionette.yaml. Documentation/Manifest.md describes them.
            """)

    @OptionGroup var project: ProjectOptions

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            let catalog = try TargetCatalog.load(
                project: project.directory, shownAs: project.directory)
            let statuses = catalog.statuses()
            if json {
                try printJSON(statuses.map(TargetRecord.init))
            } else {
                for line in TargetTable(statuses: statuses).lines { try printResult(line) }
            }
            let faults = catalog.faults.sorted { $0.key < $1.key }.map(\.value)
            faults.flatMap(\.diagnostics).forEach(printDiagnostic)
            if let code = faults.first?.exitCode { throw ArgumentParser.ExitCode(code.rawValue) }
        }
    }
}

/// A target, for programs.
private struct TargetRecord: Encodable {
    /// A way to build it.
    struct Option: Encodable {
        var toolchain: String
        var triple: String
        var link: String
        var works: Bool
        var version: String?
        var path: String?
        /// Why what is here can't build it.
        var reason: String?
        /// What would install what is missing.
        var remedy: String?
    }

    var target: String
    var machines: [String]
    var endianness: String
    var wordBits: Int
    var emulator: String?
    var isNative: Bool
    var isOwn: Bool
    var isBuildable: Bool
    /// The way that is taken.
    var toolchain: String
    var version: String?
    var path: String?
    var remedy: String?
    var toolchains: [Option]
    var languages: [String]
    /// Why workers can't be written in Swift.
    var swiftReason: String?
    var swiftVersion: String?
    /// How results differ from those of other targets.
    var floats: String?
    var notes: [String]

    init(_ status: TargetStatus) {
        let target = status.target
        self.target = target.name
        machines = target.machines
        endianness = target.endianness.rawValue
        wordBits = target.wordBits
        emulator = target.emulator
        isNative = status.isNative
        isOwn = target.isOwn
        isBuildable = status.toolchain != nil
        toolchain = target.toolchain.rawValue
        version = status.toolchain?.version
        path = status.toolchain?.path
        remedy = isBuildable ? nil : status.options.compactMap(\.remedy).first
        toolchains = status.options.map { option in
            Option(
                toolchain: option.recipe.toolchain.rawValue, triple: option.recipe.triple,
                link: option.recipe.link.rawValue, works: option.works,
                version: option.toolchain?.version, path: option.toolchain?.path,
                reason: option.reason, remedy: option.remedy)
        }
        languages = status.languages.map(\.rawValue)
        swiftReason = status.swift.reason ?? status.swift.remedy
        if case .buildable(let swift) = status.swift { swiftVersion = swift.version }
        floats = target.floats
        notes = target.notes
    }
}
