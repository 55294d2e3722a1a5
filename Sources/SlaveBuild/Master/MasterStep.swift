import BuildGraph
import Foundation
import Inventory

/// The master program, built by SwiftPM.
///
/// SwiftPM knows its work, but takes 0.4 s to find that there is none. So it is not even started where
/// none of the files that it read changed, none appeared or went, and the toolchain, its flags and the
/// environment are the same. Where the project's or a package's Package.swift does not tell what there is
/// to watch (see `MasterPackages`), it is asked in every build.
struct MasterStep {
    /// The project's.
    var directory: String { paths.directory }
    /// The executable's name.
    let product: String
    /// Where `swift` is looked for, and the rest of SwiftPM's world: compilers, package caches,
    /// proxies, keys.
    let environment: [String: String]
    let scratch: MasterScratch
    /// nil: SwiftPM is asked in every build.
    let inputs: MasterInputs?

    var hasPackage: Bool {
        FileManager.default.fileExists(atPath: "\(directory)/Package.swift")
    }

    private let paths: BuildPaths
    private let toolchain: MasterToolchain?

    /// - Parameter scratch: nil: where masters of this user are built.
    init(
        paths: BuildPaths, product: String,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        scratch: MasterScratch? = nil
    ) {
        self.paths = paths
        self.product = product
        self.environment = environment
        self.scratch = scratch ?? paths.masterScratch
        toolchain = MasterToolchain(path: environment["PATH"] ?? "")
        inputs = Self.inputs(paths.directory, self.scratch, toolchain, environment)
    }

    private static func inputs(
        _ directory: String, _ scratch: MasterScratch, _ toolchain: MasterToolchain?,
        _ environment: [String: String]
    ) -> MasterInputs? {
        // Elsewhere there are packages of others, or files beside the program.
        guard scratch.place == .shared, let toolchain,
            !environment.keys.contains(where: MasterEnvironment.namesTools),
            let packages = MasterPackages(directory: directory),
            let sources = MasterSources(of: packages)
        else { return nil }
        return MasterInputs(
            packages: packages, sources: sources, toolchain: toolchain, scratch: scratch,
            directory: directory)
    }

    var executable: String {
        scratch.place == .shared
            ? paths.master(product)
            : "\(scratch.products)/\(product)"
    }

    /// The build itself, last, and in front of it the step that notes the names of its files.
    ///
    /// - Parameter predecessor: a file that must exist before.
    func steps(after predecessor: String) -> [Step] {
        guard let inputs else { return [step(after: [predecessor])] }
        let names = "\(executable).sources"
        let text = inputs.sources.text
        let listing = Step(
            name: "list the sources of \(product)", group: BuildPart.master.group,
            inputs: [], outputs: [names],
            action: .function(
                Step.Function(signature: text) {
                    try writeAtomically(text.utf8, to: names)
                    return []
                }))
        var step = step(after: [predecessor])
        step = Step(
            name: step.name, group: step.group, inputs: [names], orderOnly: step.orderOnly,
            outputs: step.outputs, depfile: "\(executable).d", action: step.action)
        step.discovering = { named in
            let read = named.filter { access($0, F_OK) == 0 }
            return Step.Discovery(read: read, absent: named.filter { !read.contains($0) })
        }
        step.reading = reading
        return [listing, step]
    }

    private func step(after predecessors: [String]) -> Step {
        var arguments = [
            "swift", "build", "--configuration", scratch.configuration.rawValue,
            "--package-path", directory, "--product", product,
        ]
        if scratch.place != .project { arguments += ["--scratch-path", scratch.path] }
        // Loading Swift's libraries one by one would be a third of a master's start.
        if hasStaticLibraries { arguments.append("--static-swift-stdlib") }
        // The executor adds what does not count.
        let known = inputs == nil ? environment : MasterEnvironment.counted(of: environment)
        let command = Step.Command(
            arguments: arguments, environment: known, directory: directory,
            tool: inputs?.toolchain.identity ?? "")
        var step = Step(
            name: "swift build --product \(product)",
            group: BuildPart.master.group, inputs: [], orderOnly: predecessors,
            outputs: [executable], action: .command(command), isDelegated: inputs == nil)
        step.reading = reading
        return step
    }

    /// A build that SwiftPM had no part in keeps the shared directory as well: once a day.
    func noteUse() {
        var status = stat()
        guard inputs != nil, stat(scratch.lock, &status) == 0,
            Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) > 86_400
        else { return }
        utimes(scratch.lock, nil)
    }

    private var reading: @Sendable (String) -> String {
        let output = MasterOutput(directory: directory)
        return { output.errors(in: $0) }
    }

    /// They are of the `swift` on PATH, whatever compiles workers.
    private var hasStaticLibraries: Bool {
        if let toolchain { return toolchain.hasStaticLibraries }
        let asked = SwiftToolchain.find(environment: ["PATH": environment["PATH"] ?? ""])
        return asked?.hasStaticLibraries ?? false
    }
}

/// Which variables of the environment say nothing of what SwiftPM makes.
enum MasterEnvironment {
    /// Where a terminal or a session differs. All others may mean something to SwiftPM, a compiler or
    /// pkg-config.
    private static let idle: Set<String> = [
        "_", "PWD", "OLDPWD", "SHLVL", "TERM", "COLORTERM", "COLUMNS", "LINES", "LS_COLORS",
        "CLICOLOR", "DISPLAY",
        "WAYLAND_DISPLAY", "WINDOWID", "TMUX", "TMUX_PANE", "STY", "WINDOW", "SSH_AUTH_SOCK",
        "SSH_AGENT_PID",
        "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "TERM_PROGRAM", "TERM_PROGRAM_VERSION",
        "TERM_SESSION_ID",
        "LC_TERMINAL", "LC_TERMINAL_VERSION", "XDG_SESSION_ID", "DBUS_SESSION_BUS_ADDRESS",
        "INVOCATION_ID",
        "JOURNAL_STREAM", "GPG_TTY", "PS1", "HISTFILE", "HISTSIZE", "VSCODE_IPC_HOOK_CLI",
        "MAKEFLAGS", "MAKELEVEL",
        "MFLAGS", "SWIFT_BACKTRACE",
    ]

    static func counted(of environment: [String: String]) -> [String: String] {
        environment.filter { !idle.contains($0.key) && !$0.key.hasPrefix("MARIONETTE_") }
    }

    /// Names another compiler or another behaviour of SwiftPM: it is asked.
    static func namesTools(_ variable: String) -> Bool {
        (variable.hasPrefix("SWIFT_") && variable != "SWIFT_BACKTRACE")
            || variable.hasPrefix("SWIFTPM_") || variable == "TOOLCHAINS"
    }
}

extension Step {
    /// SwiftPM's, which has its own way of telling.
    var isSwiftPM: Bool {
        guard case .command = action else { return false }
        return isDelegated || BuildPart(group: group) == .master
    }
}

extension BuildSummary {
    /// How many steps ran, not counting the ones that decide themselves what there is to do.
    public var stepsRun: Int { ran.filter { $0.reason != .decidesItself }.count }
}

extension BuildEvent {
    /// Whether SwiftPM compiled or linked anything; nil: this is not the end of its step.
    public var masterWasCompiled: Bool? {
        guard case .finished(let step, .succeeded(let output, _)) = self, step.isSwiftPM else {
            return nil
        }
        return output.split(separator: "\n").contains { line in
            // The plugin's tool is no part of the program.
            let isWork = line.contains("] Compiling") || line.contains("] Linking")
            return line.hasPrefix("[") && isWork && !line.hasSuffix("-tool")
        }
    }
}
