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
    /// Directories and what stands for them in debugging information.
    let sourceMap: [SourceMapping]
    /// C++ brings its library along: it is built for a target before the first link there.
    var linksCxx = false

    /// Compiles a C or C++ source to an object, with a depfile beside it.
    ///
    /// - Parameter quoted: a directory of headers that `"time.h"` finds, but `<time.h>` only where
    ///   the system has no such header
    func compile(
        _ source: String, to object: String, includes: [String], quoted: String? = nil,
        flags: [String]
    ) -> Step {
        let depfile = "\(object.dropLast(2)).d"
        let isC = source.hasSuffix(".c")
        var arguments = (isC ? start("cc") : start("c++") + ["-std=c++17"]) + flags
        arguments += quoted.map { ["-iquote", $0] } ?? []
        arguments += includes.flatMap { ["-I", $0] }
        arguments += quoted.map { ["-idirafter", $0] } ?? []
        arguments += mappings.map { "-ffile-prefix-map=\($0.directory)=\($0.name)" }
        arguments += ["-ffile-compilation-dir=/marionette", "-MMD", "-MF", depfile]
        arguments += ["-c", source, "-o", object]
        return Step(
            name: "", group: target.architecture, inputs: [source], outputs: [object],
            depfile: depfile, action: .command(command(arguments)))
    }

    func link(_ objects: [String], to elf: String, libraries: [String]) -> Step {
        let arguments =
            start(linker) + ["-static", "-Wl,--build-id=sha1", "-o", elf] + objects
            + libraries.map { "-l\($0)" }
        return Step(
            name: "link", group: target.architecture, inputs: objects, outputs: [elf],
            action: .command(command(arguments)))
    }

    /// The first link for a target builds its C library, which takes half a minute. Done as a step
    /// of its own it overlaps with compiling, and the display can tell what takes so long. nil: the
    /// cache has it.
    func prepare(source: String) -> Step? {
        let key = Digest.of(
            ([toolchain.version, target.name] + target.flags + (linksCxx ? ["c++"] : []))
                .joined(separator: " "))
        let marker = "\(cache)/prepared/\(target.name)-\(key.short)"
        guard !FileManager.default.fileExists(atPath: marker) else { return nil }
        return Step(
            name: "preparing the \(linksCxx ? "C++" : "C") library for \(target.architecture) "
                + "(first use)",
            group: target.architecture, inputs: [source], outputs: [marker],
            action: .command(command(start(linker) + ["-static", "-o", marker, source])),
            isSlow: true)
    }

    /// The directory of zig, with its `lib`.
    var installation: String {
        URL(fileURLWithPath: toolchain.path).resolvingSymlinksInPath().deletingLastPathComponent()
            .path
    }

    /// The compiler's own headers too: where it is installed is no part of a build.
    private var mappings: [SourceMapping] {
        sourceMap + [SourceMapping(directory: installation, name: "/marionette/toolchain")]
    }

    private var linker: String { linksCxx ? "c++" : "cc" }

    private func start(_ program: String) -> [String] {
        // The standard that targets name is one of C.
        let flags = target.flags.filter { program == "cc" || !$0.hasPrefix("-std=") }
        return [toolchain.path, program, "-target", target.name] + flags
    }

    private func command(_ arguments: [String]) -> Step.Command {
        Step.Command(
            arguments: arguments,
            // The local cache would otherwise be made in the current directory.
            environment: ["ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache],
            tool: "\(toolchain.kind.rawValue) \(toolchain.version)")
    }

    /// $ZIG_GLOBAL_CACHE_DIR, or else a directory that all projects of this user share.
    static var sharedCache: String {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["ZIG_GLOBAL_CACHE_DIR"], !named.isEmpty { return named }
        let caches = environment["XDG_CACHE_HOME"] ?? "\(NSHomeDirectory())/.cache"
        return "\(caches)/marionette/zig"
    }
}

/// A directory of sources and the name that stands for it in debugging information. A debugger is
/// told the way back: `set substitute-path NAME DIRECTORY`.
public struct SourceMapping: Hashable, Sendable {
    public var directory: String
    public var name: String
}
