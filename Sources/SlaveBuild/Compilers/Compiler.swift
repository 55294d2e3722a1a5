import BuildGraph
import Digests
import Foundation
import Inventory

/// The command lines of one target. All that differs between two directories of the same sources is
/// mapped away, so that the same sources give the same bytes everywhere.
struct Compiler: Sendable {
    let target: Target
    let toolchain: Toolchain
    let cache: String
    /// The project: what commands run in, so that relative names in flags are its own.
    let directory: String
    /// Directories and what stands for them in debugging information; the project's is among them.
    let sourceMap: [SourceMapping]
    /// C++ brings its library along: it is built for a target before the first link there.
    var linksCxx = false
    /// Shared by all targets of a build.
    var scans = SourceScans()

    /// Compiles a C, C++ or assembly source to an object, with a depfile beside it.
    ///
    /// Names are relative to the project where they can be: LLVM takes a `%` in an output's path for
    /// a place of a random digit, and a mapping ends at the first `=`.
    ///
    /// - Parameter quoted: a directory of headers that `"time.h"` finds, but `<time.h>` only where
    ///   the system has no such header
    func compile(
        _ source: String, to object: String, includes: [String], quoted: String? = nil,
        flags: [String]
    ) -> Step {
        let depfile = "\(object.dropLast(2)).d"
        let kind = SourceKind(of: source)
        let flags = LinkFlags.split(flags).compiler
        var arguments =
            (kind == .cxx ? start(isCxx: true) + ["-std=c++17"] : start()) + flags
        if kind == .plainAssembly {
            // The compiler warns of all that has a meaning for a preprocessor or an optimiser alone.
            let kept = ["-m", "-g", "-Wa,"]
            arguments.removeAll { word in
                word.hasPrefix("-") && word != "-target" && !kept.contains { word.hasPrefix($0) }
            }
            arguments += prefixMaps + compilationDirectory
            arguments += ["-c", relative(source), "-o", relative(object)]
            return Step(
                name: "", group: target.architecture, inputs: [source], outputs: [object],
                action: .command(command(arguments)))
        }
        arguments += quoted.map { ["-iquote", relative($0)] } ?? []
        arguments += includes.flatMap { ["-I", relative($0)] }
        arguments += quoted.map { ["-idirafter", relative($0)] } ?? []
        arguments += prefixMaps
        arguments += compilationDirectory + ["-MD", "-MF", relative(depfile)] + wholeNames
        arguments += ["-c", relative(source), "-o", relative(object)]
        var step = Step(
            name: "", group: target.architecture,
            inputs: [source] + OptionFiles(directory: directory).named(by: flags),
            outputs: [object], depfile: depfile, action: .command(command(arguments)))
        step.discovering = { [arguments, directory, installation, scans] named in
            HeaderSearch(
                arguments: arguments, directory: directory, installation: installation,
                scans: scans
            ).discovery(named)
        }
        return step
    }

    /// Links an executable.
    ///
    /// - Parameters:
    ///   - files: objects and archives, in their order.
    ///   - flags: of the code's flags those that the linker has to know, and the ones for it alone.
    ///   - libraries: names for `-l`.
    func link(
        _ files: [String], to elf: String, flags: [String] = [], libraries: [String], cxx: Bool
    ) -> Step {
        let libraries = libraries.map { "-l\($0)" }
        let arguments =
            start(isCxx: cxx) + linkage + ["-Wl,--build-id=sha1", "-o", relative(elf)]
            + files.map(relative) + flags + libraries
        let named = LinkFlags(flags + libraries, directory: directory).files
        return Step(
            name: "link", group: target.architecture, inputs: files + named, outputs: [elf],
            action: .command(command(Self.withoutPlace + arguments)))
    }

    /// Makes an archive of objects. One that is left from before would keep members that are gone.
    func archive(_ objects: [String], to file: String) -> Step {
        let archiver = toolchain.archiver(for: target)
        return Step(
            name: "archive", group: target.architecture, inputs: objects, outputs: [file],
            action: .command(
                command(
                    [
                        "sh", "-ec", #"rm -f "$1"; archive=$1; shift; "$@""#, "archive",
                        relative(file),
                    ]
                        + archiver + ["rcsD", relative(file)] + objects.map(relative))))
    }

    /// zig's first link for a target builds its C library, which takes half a minute. Done as a step
    /// of its own it overlaps with compiling, and the display can tell what takes so long. nil: the
    /// cache has it, or there is nothing to build.
    func prepare(source: String) -> Step? {
        guard toolchain.kind == .zig else { return nil }
        let key = Digest.of(
            ([toolchain.version, target.name] + target.flags + (linksCxx ? ["c++"] : [])
                + target.recipe.distinctions(from: target.name))
                .joined(separator: " "))
        let marker = "\(cache)/prepared/\(target.name)-\(key.short)"
        guard !FileManager.default.fileExists(atPath: marker) else { return nil }
        return Step(
            name: "preparing the \(linksCxx ? "C++" : "C") library for \(target.architecture) "
                + "(first use)",
            group: target.architecture, inputs: [source], outputs: [marker],
            action: .command(
                command(
                    Self.withoutPlace + start(isCxx: linksCxx) + linkage
                        + ["-o", marker, relative(source)])),
            isSlow: true)
    }

    /// The directory of the compiler's own files; zig's has its `lib`.
    var installation: String { toolchain.files }

    /// A link may build the C library, whose debugging information names the directory in which it
    /// was built: this one is the same for all projects.
    private static let withoutPlace = ["env", "PWD=/proc/self/cwd"]

    /// A path as commands get it, from the project's directory.
    func relative(_ path: String) -> String { path.relative(to: directory) }

    /// The compiler's own headers too: where it is installed is no part of a build.
    ///
    /// A relative name is one of the project. The last one that fits counts, so that the empty
    /// prefix, which fits everything, stands first, and what keeps absolute names stands behind it.
    private var prefixMaps: [String] {
        let mappings =
            sourceMap + [SourceMapping(directory: installation, name: "/marionette/toolchain")]
        let project = mappings.first { $0.directory == directory }
        let whole = mappings.filter { !$0.directory.contains("=") }
        let below = mappings.compactMap { mapping -> SourceMapping? in
            let name = relative(mapping.directory)
            return name.hasPrefix("/") || name.contains("=")
                ? nil : SourceMapping(directory: name, name: mapping.name)
        }
        let own = project.map { [SourceMapping(directory: "", name: "\($0.name)/")] } ?? []
        return (own + [SourceMapping(directory: "/", name: "/")] + whole + below)
            .map { "-ffile-prefix-map=\($0.directory)=\($0.name)" }
    }

    private func start(isCxx: Bool = false) -> [String] {
        toolchain.start(target.recipe, isCxx: isCxx)
    }

    func command(_ arguments: [String]) -> Step.Command {
        Step.Command(
            arguments: arguments, environment: environment, directory: directory, tool: tool)
    }

    /// $ZIG_GLOBAL_CACHE_DIR, or else a directory that all projects of this user share.
    static var sharedCache: String { UserCache.zig }
}

extension String {
    /// A path as it is named in a command that runs in a directory: relative where it lies below.
    func relative(to directory: String) -> String {
        guard hasPrefix("\(directory)/") else { return self }
        let name = String(dropFirst(directory.count + 1))
        // Neither an option nor a file of options.
        return name.hasPrefix("-") || name.hasPrefix("@") ? "./\(name)" : name
    }
}

/// A directory of sources and the name that stands for it in debugging information. A debugger is
/// told the way back: `set substitute-path NAME DIRECTORY`.
public struct SourceMapping: Hashable, Sendable {
    public var directory: String
    public var name: String
}
