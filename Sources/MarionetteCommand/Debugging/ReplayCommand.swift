import ArgumentParser
import Debugging
import Diagnostics
import Foundation
import InterfaceCompiler
import Inventory
import Replaying
import RunRecords
import SlaveBuild
import Transport

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Execute the operation of a capsule again, alone and in its exact state.",
        discussion: """
            Builds the slave, starts one, gives it the updates and the shared data of the capsule, \
            and executes the operation: on this machine for the target on which it was executed, if \
            this machine can do that, or else natively. It prints the result or how the worker died, \
            and whether that is what happened in the run.

            --debug starts it under gdb, which stops at the operation's first line. Arguments after \
            -- are gdb's own: marionette replay 3fa1 --debug -- --batch -ex bt

            Exit codes: 0 the operation succeeded, with the capsule's result if it has one; 1 if not.
            """)

    @OptionGroup var project: ProjectOptions

    @Option(
        help: ArgumentHelp("Execute it on this host of the manifest.", valueName: "host"))
    var on: String?

    @Option(
        help: ArgumentHelp(
            "Execute it here, for this target: under its emulator if need be.",
            valueName: "target"))
    var target: String?

    @Flag(help: "Execute it here, for this machine's own target.")
    var native = false

    @Flag(help: "Start it under gdb, here, and stop at the operation's first line.")
    var debug = false

    @Option(
        help: ArgumentHelp(
            "Compile the worker for this use: \(Profile.listed) (default: that of the run).",
            valueName: "profile"))
    var profile: Profile?

    @Argument(help: ArgumentHelp("The capsule's ID, or its path.", valueName: "capsule"))
    var capsule: String

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("gdb's own arguments.", valueName: "arguments"))
    var arguments: [String] = []

    func validate() throws {
        guard [on != nil, target != nil, native].count(where: { $0 }) < 2 else {
            throw ValidationError("--on, --target and --native exclude each other")
        }
        guard !debug || on == nil else {
            throw ValidationError("--debug is for this machine: use --target instead of --on")
        }
        guard debug || arguments.isEmpty else {
            throw ValidationError("arguments after -- are gdb's, and need --debug")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let kept = try KeptCapsules.find(capsule, project: project.directory)
            let model = try CapsuleInterface(project: project.directory).model(of: kept)
            let operation = try ReplayedOperation(kept, model)
            var preparation = try Preparation(directory: project.directory) { catalog, hosts in
                if let on { return [try Preparation.host(on, among: hosts)] }
                return [
                    try ReplayPlace.chosen(
                        target: target, isNative: native, recorded: kept.capsule.target, catalog,
                        hosts)
                ]
            }
            preparation.buildsMaster = false
            preparation.profile = profile ?? kept.profile(project: project.directory)
            let places = try await operation.prepare(preparation)
            guard let place = places.first else { return }
            try CommandOutput.write(operation.head(at: place) + "\n", to: STDERR_FILENO)
            if debug { try operation.debug(at: place, arguments, preparation) }
            let report = try operation.report(
                at: place, paths: BuildPaths(directory: preparation.manifest.directory))
            for line in report.lines { try printResult(line) }
            if !report.succeeded {
                throw ArgumentParser.ExitCode(Diagnostics.ExitCode.failed.rawValue)
            }
        }
    }
}

/// An operation that is to be executed again.
struct ReplayedOperation: Sendable {
    let kept: KeptCapsule
    let model: InterfaceModel
    let operation: InterfaceOperation
    /// A shared variable that it does not read; nil: there is none.
    let unreadSlot: UInt32?

    /// Where it is executed: a slave, and how it is reached.
    struct Place: Sendable {
        var description: RunDescription.HostDescription
        var slave: BuiltSlave
    }

    init(_ kept: KeptCapsule, _ model: InterfaceModel) throws {
        guard let operation = model.operation(kept.capsule.procedure), operation.kind != .context
        else {
            throw ReplayError.notOfOperations(capsule: kept.id, operation: kept.capsule.operation)
        }
        self.kept = kept
        self.model = model
        self.operation = operation
        let slots = 0..<(model.application?.shared.count ?? 0)
        unreadSlot = slots.first { !operation.reads.contains($0) }.map(UInt32.init)
    }

    /// Builds the slaves and brings them to their hosts.
    func prepare(_ preparation: Preparation) async throws -> [Place] {
        let outcome = try await cancelledBySignals { try await preparation.run() }
        return outcome.arrivals.compactMap { arrival in
            outcome.description(of: arrival, preparation.manifest).map {
                Place(description: $0, slave: arrival.slave)
            }
        }
    }

    /// What is about to happen, and how the worker differs from the one in the run.
    func head(at place: Place) -> String {
        let capsule = kept.capsule
        let host = place.description
        let here = host.endpoint == .local ? "on this machine" : "on \(host.name)"
        let emulator =
            host.command.count > 1 ? " under \(host.command[0])" : ""
        var lines = [
            "'\(operation.procedure.name)' (operation \(capsule.place)) \(here) for "
                + "\(host.target)\(emulator)"
        ]
        if capsule.target != host.target {
            lines.append("in the run it was executed for \(capsule.target.neutral)")
        } else if let build = host.build, !capsule.build.isEmpty, build != capsule.build {
            lines.append(
                "the worker was rebuilt since: \(capsule.build.neutral.prefix(12))… then, "
                    + "\(build.prefix(12))… now")
        }
        return lines.joined(separator: "\n")
    }

    /// Executes it.
    func report(at place: Place, paths: BuildPaths) throws -> ReplayReport {
        let host = place.description
        var replay = Replay(kept.capsule, unreadSlot: unreadSlot, command: host.command)
        replay.onLine = { line in
            try? CommandOutput.write("\(host.name): \(line)\n", to: STDERR_FILENO)
        }
        let connection = try StandardConnector().connect(to: host.endpoint, host: host.name)
        defer { connection.close() }
        let answer = try replay.run(over: connection)
        return ReplayReport(
            kept.capsule, model, answer.outcome, target: host.target, paths: paths)
    }
}
