import ArgumentParser
import Inventory
import SlaveBuild

struct ToolchainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "toolchain",
        abstract: "Print what other build tools need to compile for a target.",
        discussion: """
            Without an option: shell assignments of CC, CXX, AR and the like, as --environment. \
            The compilers are scripts in Marionette's cache, which you may call by hand: \
            eval "$(marionette toolchain s390x-linux-musl)" && ./configure --host=$CONFIGURE_HOST
            """)

    @OptionGroup var project: ProjectOptions

    @Argument(help: ArgumentHelp("A name from 'marionette targets'.", valueName: "target"))
    var target: String

    @Flag(help: "Print a toolchain file for CMake.")
    var cmake = false

    @Flag(help: "Print a cross file for Meson.")
    var meson = false

    @Flag(help: "Print assignments for a shell.")
    var environment = false

    func validate() throws {
        guard [cmake, meson, environment].count(where: { $0 }) <= 1 else {
            throw ValidationError("--cmake, --meson and --environment exclude each other")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let catalog = try TargetCatalog.load(
                project: project.directory, shownAs: project.directory)
            let wrappers = try CompilerWrappers.made(
                for: catalog.target(named: target), data: catalog.data)
            if cmake { return try printResult(wrappers.cmake.dropLastNewline) }
            if meson { return try printResult(wrappers.meson.dropLastNewline) }
            for (name, value) in wrappers.environment {
                try printResult("export \(name)=\(shellQuoted(value))")
            }
        }
    }
}

extension String {
    fileprivate var dropLastNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
