import ArgumentParser
import Diagnostics
import Foundation
import Inventory
import Marionette
import RunRecords

/// Which run is meant.
struct RunOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The run's name in .marionette/runs/ (default: the latest).",
            valueName: "run"))
    var run: String?
}

struct HostsAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Let a host of the manifest join a run that goes on.",
        discussion: """
            Reads the host from marionette.yaml as it is now, and builds and pushes its slave if that \
            is needed. The host receives the context and the shared data as they are now. You can \
            also add a host that left, was given up, or could not be reached when the run began.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var which: RunOption

    @Flag(help: .hidden)
    var attended = false

    @Argument(help: ArgumentHelp("The host's name in marionette.yaml.", valueName: "host"))
    var host: String

    func run() async throws {
        // A run that looks for its absent hosts holds the other end of this input.
        if attended { endWithInput() }
        try await reportingErrors {
            let directory = try RunDirectory.find(which.run, project: project.directory)
            // Before anything is built: is there a run, and does it lack the host?
            try HostsOfRun.checkAbsence(of: host, in: directory)
            let description = try RunDescription(contentsOf: RunRecord.description(in: directory))
            var preparation = try Preparation(directory: project.directory, host: host)
            preparation.buildsMaster = false
            let outcome = try await cancelledBySignals { [preparation] in
                try await preparation.run()
            }
            guard let arrival = outcome.arrivals.first,
                let added = outcome.description(of: arrival, preparation.manifest)
            else { return }
            let interface = arrival.slave.bundle.identity.interface.description
            try HostsOfRun.check(added, interface, against: description)
            try HostsOfRun.tell(try RunControl.ask(.add(added), of: directory))
        }
    }

    private func endWithInput() {
        let thread = Thread {
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 {}
            Foundation.exit(Diagnostics.ExitCode.interrupted.rawValue)
        }
        thread.start()
    }
}

struct HostsDrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Let a host finish its operations and leave the run; wait until it has left.")

    @OptionGroup var project: ProjectOptions
    @OptionGroup var which: RunOption

    @Argument(help: ArgumentHelp("The host's name.", valueName: "host"))
    var host: String

    func run() async throws {
        try await reportingErrors {
            let directory = try RunDirectory.find(which.run, project: project.directory)
            try HostsOfRun.tell(try RunControl.ask(.drain(host: host), of: directory))
        }
    }
}

struct HostsRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take a host out of a run at once; other hosts execute its operations.",
        discussion: """
            A 'once' operation that was sent to the host fails, because nobody knows whether it was \
            executed. If no host is left, the run waits 30 s for another.
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var which: RunOption

    @Argument(help: ArgumentHelp("The host's name.", valueName: "host"))
    var host: String

    func run() async throws {
        try await reportingErrors {
            let directory = try RunDirectory.find(which.run, project: project.directory)
            try HostsOfRun.tell(try RunControl.ask(.remove(host: host), of: directory))
        }
    }
}

enum HostsOfRun {
    /// Prints what the run says, or throws it.
    static func tell(_ answer: ControlAnswer) throws {
        switch answer {
        case .done(let text): try printResult(text.neutral)
        case .refused(let text): throw HostsOfRunError.refused(text)
        case .hosts, .held: break
        }
    }

    static func checkAbsence(of host: String, in directory: String) throws {
        guard case .hosts(let hosts) = try RunControl.ask(.list, of: directory) else { return }
        guard !hosts.contains(where: { $0.name == host && $0.state != .left }) else {
            throw HostsOfRunError.refused("host '\(host)' is in the run already")
        }
    }

    /// A slave of other sources would give other results.
    static func check(
        _ added: RunDescription.HostDescription, _ interface: String,
        against run: RunDescription
    ) throws(HostsOfRunError) {
        let sameTarget = run.hosts.first { $0.target == added.target }
        guard interface == run.interfaceHash,
            sameTarget?.build == nil || sameTarget?.build == added.build
        else { throw .otherSources(host: added.name) }
    }
}

enum HostsOfRunError: DiagnosticError, Hashable {
    /// In the run's own words.
    case refused(String)
    case otherSources(host: String)

    var diagnostic: Diagnostic {
        switch self {
        case .refused(let text): Diagnostic(summary: text)
        case .otherSources(let host):
            Diagnostic(
                summary: "host '\(host)' can't join: the sources changed since the run began",
                remedy: "undo the change, or end the run and start it again")
        }
    }

    var exitCode: Diagnostics.ExitCode { .failed }
}
