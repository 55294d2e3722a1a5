import Foundation
import PackagePlugin

/// Generates the Swift client of each interface, a file `NAME.x` in the package's directory or
/// among the target's files, whenever it changes.
///
///     .executableTarget(
///         name: "raytracer", dependencies: [.product(name: "Marionette", package: "marionette")],
///         plugins: [.plugin(name: "MarionetteInterface", package: "marionette")])
@main
struct MarionetteInterfacePlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let tool = try context.tool(named: "MarionetteInterfaceTool").url
        let interfaces = try interfaces(of: target, in: context.package.directoryURL)
        if interfaces.isEmpty {
            Diagnostics.warning(
                "target '\(target.name)' uses MarionetteInterface, but "
                    + "'\(context.package.directoryURL.path)' has no interface (NAME.x)")
        }
        let includable = includable(in: context.package.directoryURL)
        return interfaces.map {
            command(
                for: $0, with: includable, tool: tool, directory: context.pluginWorkDirectoryURL)
        }
    }

    /// What an interface may include stands in a directory of its own: a change of it is a change
    /// of every interface.
    private func includable(in directory: URL) -> [URL] {
        let content = FileManager.default.enumerator(
            at: directory, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
        let files = content?.compactMap { $0 as? URL } ?? []
        return files.filter { $0.pathExtension == "x" }.sorted { $0.path < $1.path }
    }

    private func interfaces(of target: any Target, in directory: URL) throws -> [URL] {
        let beside = try FileManager.default.contentsOfDirectory(
            at: directory, includingPropertiesForKeys: nil)
        let inside = (target as? any SourceModuleTarget)?.sourceFiles.map(\.url) ?? []
        let interfaces = Set((beside + inside).filter { $0.pathExtension == "x" })
        return interfaces.sorted { $0.path < $1.path }
    }

    private func command(
        for interface: URL, with includable: [URL], tool: URL, directory: URL
    ) -> Command {
        // Not `raytracer.swift`: the target may have a file of that name, and a module has each
        // name once.
        let name = interface.lastPathComponent
        return .buildCommand(
            displayName: "Generating the client of \(name)", executable: tool,
            arguments: [
                "--language", "swift", "--name", name, "--out", directory.path, interface.path,
            ],
            inputFiles: [interface] + includable.filter { $0 != interface },
            outputFiles: [directory.appendingPathComponent("\(name).swift")])
    }
}
