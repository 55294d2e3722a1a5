import ArgumentParser
import BuildGraph
import Console
import Diagnostics
import Foundation
import Inventory
import SlaveBuild

struct BuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build the slaves and programs of all targets, and the master.",
        discussion: """
            A step runs when the content of its inputs, its command line or its compiler changed; \
            --explain says which. The bundles are in .marionette/build, each with the unstripped \
            programs beside it; those of another profile than release are in \
            .marionette/build-PROFILE.
            """)

    @OptionGroup var project: ProjectOptions

    @Option(
        name: [.customShort("j"), .long],
        help: ArgumentHelp("Run at most this many steps at once.", valueName: "n"))
    var jobs: Int?

    @Option(
        name: [.customShort("l"), .long],
        help: ArgumentHelp(
            "Start no second step while the machine's load is this or more.", valueName: "load"))
    var loadAverage: Double?

    @Flag(name: [.customShort("k"), .long], help: "Go on with other steps if one fails.")
    var keepGoing = false

    @Flag(name: [.customShort("n"), .long], help: "Print what would be done, and change nothing.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Print each command as it starts.")
    var verbose = false

    @Flag(help: "Say why each step runs, and why a goal did not have to be made again.")
    var explain = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Build only this target's slave, not the master; can be repeated.",
            valueName: "target"))
    var target: [String] = []

    @Option(
        help: ArgumentHelp(
            "Compile for this use: \(Profile.listed).", valueName: "profile"))
    var profile = Profile.release

    @Flag(help: "Write a map of each program beside the unstripped file, and print their sizes.")
    var map = false

    @Flag(help: "Print what was built as JSON.")
    var json = false

    @Argument(
        help: ArgumentHelp(
            "What to build: a target, a host, a program, 'master', or a file that the build makes. "
                + "Without goals: everything.",
            valueName: "goal"))
    var goals: [String] = []

    func validate() throws {
        guard loadAverage.map({ $0 > 0 }) ?? true else {
            throw ValidationError("-l expects a number above 0")
        }
        guard jobs.map({ $0 > 0 }) ?? true else {
            throw ValidationError("-j expects a number from 1")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let build = try makeBuild()
            let directory = build.manifest.directory
            let display = BuildDisplay(
                board: .standard,
                remarks: BuildRemarks(
                    directory: directory, shownAs: project.directory, keepsGoing: keepGoing),
                explained: explain && !dryRun ? directory : nil, showsCommands: verbose)
            // Before it is made.
            let explanations = explain && !goals.isEmpty ? try build.explain(goals) : []
            let products = try await cancelledBySignals { [goals] in
                try await build.run(goals: goals, showing: display)
            }
            let measured = map && !dryRun ? try build.writeMaps() : []
            try printProducts(products, measured, directory: directory)
            for explanation in explanations { try printEvidence(explanation, directory) }
        }
    }

    /// Why a goal's step did not run.
    private func printEvidence(_ explanation: Explanation, _ directory: String) throws {
        guard case .upToDate(let evidence) = explanation.verdict else { return }
        let prefix = "\(directory)/"
        try printResult("\(explanation.step.told): up to date".neutral)
        for finding in evidence {
            let text = finding.text { path in
                path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
            }
            try printResult("  \(text)".neutral)
        }
    }

    private func makeBuild() throws -> ApplicationBuild {
        let catalog = try TargetCatalog.load(
            project: project.directory, shownAs: project.directory)
        let manifest = try Manifest.load(directory: project.directory, catalog: catalog)
        var names: [String] = []
        for name in target.isEmpty ? manifest.targetNames : target where !names.contains(name) {
            names.append(name)
        }
        if target.isEmpty { manifest.idleProgramWarnings.forEach(printDiagnostic) }
        var build = try ApplicationBuild(
            manifest: manifest, targets: names.map { try catalog.target(named: $0) },
            data: catalog.data)
        if let jobs { build.jobs = jobs }
        build.loadLimit = loadAverage
        build.keepsGoing = keepGoing
        build.isDryRun = dryRun
        build.showsCommands = verbose
        build.buildsMaster = target.isEmpty
        build.profile = profile
        return build
    }

    private func printProducts(
        _ products: ApplicationProducts, _ measured: [MeasuredProgram], directory: String
    ) throws {
        if dryRun { return try printPlan(products.summary, directory: directory) }
        if json {
            return try printJSON(
                products.slaves.map { slave in
                    BuiltSlaveRecord(slave, measured.filter { $0.target == slave.target })
                })
        }
        let width = products.slaves.map(\.target.count).max() ?? 0
        for slave in products.slaves {
            let name = slave.target.padding(toLength: width, withPad: " ", startingAt: 0)
            let programs = slave.programs.map(\.name).joined(separator: " ")
            try printResult(
                "\(name)  \(slave.bundle.digest.short)  \(slave.bundle.size.asBytes)"
                    + (programs.isEmpty ? "" : "  \(programs)"))
        }
        guard map else { return }
        for line in SizeTable(programs: measured).lines { try printResult(line) }
    }

    private func printPlan(_ summary: BuildSummary, directory: String) throws {
        if json {
            return try printJSON(
                summary.ran.map { StepRecord(step: $0.step.told, reason: $0.reason.text()) })
        }
        for (step, reason) in summary.ran where reason != .decidesItself || explain {
            try printResult((explain ? step.told(reason, in: directory) : step.told).neutral)
        }
        guard summary.stepsRun == 0 else { return }
        let asksSwiftPM = summary.ran.contains { $0.step.isDelegated }
        try printResult("nothing to do" + (asksSwiftPM ? ", but for what SwiftPM finds" : ""))
    }
}

/// A step of a dry run, for programs.
private struct StepRecord: Encodable {
    var step: String
    var reason: String
}

/// A built slave, for programs.
private struct BuiltSlaveRecord: Encodable {
    var target: String
    var digest: String
    var size: Int
    var bundle: String
    var slave: String
    var build: String
    var interface: String
    var buildId: String
    var debugFile: String
    var programs: [BuiltProgramRecord]
    /// With --map.
    var sizes: [ProgramSizesRecord]?

    init(_ built: BuiltSlave, _ measured: [MeasuredProgram]) {
        sizes = measured.isEmpty ? nil : measured.map(ProgramSizesRecord.init)
        target = built.target
        digest = built.bundle.digest.description
        size = built.bundle.size
        bundle = built.bundle.path
        slave = built.slave
        build = built.bundle.identity.build
        interface = built.bundle.identity.interface.description
        buildId = built.buildId
        debugFile = built.debugFile
        programs = built.programs.map(BuiltProgramRecord.init)
    }
}

/// The sizes of a program, for programs.
private struct ProgramSizesRecord: Encodable {
    var name: String
    var text: Int
    var data: Int
    var bss: Int
    var map: String

    init(_ measured: MeasuredProgram) {
        name = measured.name
        text = measured.sizes.text
        data = measured.sizes.data
        bss = measured.sizes.bss
        map = measured.map
    }
}

/// A program of a bundle, for programs.
private struct BuiltProgramRecord: Encodable {
    var name: String
    var path: String
    var buildId: String
    var debugFile: String

    init(_ built: BuiltSlave.Program) {
        name = built.name
        path = built.path
        buildId = built.buildId
        debugFile = built.debugFile
    }
}

/// Prints a value as JSON on standard output, keys in order.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try printResult(String(decoding: try encoder.encode(value), as: UTF8.self))
}
