import Diagnostics
import Digests
import Foundation
import Inventory

/// Programs that compile for a target, each a script: what foreign build tools are given as `CC` and
/// the like, which expect one word. They lie in the user's cache, where they are the same for all
/// projects.
public struct CompilerWrappers: Sendable {
    let target: Target
    let toolchain: Toolchain
    /// zig's.
    let cache: String
    public let directory: String

    init(target: Target, toolchain: Toolchain, cache: String, in userCache: String) {
        self.target = target
        self.toolchain = toolchain
        self.cache = cache
        let facts =
            [target.triple, toolchain.path, toolchain.identity, cache] + target.flags
        directory =
            "\(userCache)/toolchains/\(target.name)-\(Digest.of(facts.joined(separator: "\n")).short)"
    }

    public init(target: Target, toolchain: Toolchain) {
        self.init(
            target: target, toolchain: toolchain, cache: Compiler.sharedCache,
            in: UserCache.directory)
    }

    public func path(_ program: String) -> String { "\(directory)/\(program)" }

    private static let programs = ["cc", "c++", "ar", "ranlib", "strip", "objcopy"]
    private static let cmakeFile = "toolchain.cmake"
    private static let mesonFile = "cross.meson"

    /// Every file, with its text.
    var texts: [(name: String, text: String, isProgram: Bool)] {
        Self.programs.map { ($0, script($0), true) }
            + [(Self.cmakeFile, cmake, false), (Self.mesonFile, meson, false)]
    }

    public var files: [String] { texts.map { path($0.name) } }

    public func write() throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/root", withIntermediateDirectories: true)
        let new = texts.filter { name, text, _ in
            (try? String(contentsOfFile: path(name), encoding: .utf8)) != text
        }
        for (name, text, isProgram) in new where !isProgram {
            try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        }
        let programs = new.filter(\.isProgram).map { (path($0.name), $0.text) }
        try ProgramFiles.write(Dictionary(uniqueKeysWithValues: programs))
    }

    // MARK: Scripts

    private func script(_ program: String) -> String {
        var lines = ["#!/bin/sh", "# \(program) for \(target.name), written by Marionette."]
        for name in ["ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"] {
            lines.append("\(name)=\(Self.quoted(cache))")
        }
        lines.append("export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR")
        // What holds for code of any standard.
        var words = toolchain.command(program, for: target).filter { !$0.hasPrefix("-std=") }
            .map(Self.quoted)
        if program == "cc" || program == "c++" {
            // Projects that were only ever linked by GNU ld name symbols in their version scripts
            // that no longer exist, which lld takes for an error.
            if toolchain.kind == .zig {
                words.append("-Wl,--undefined-version")
                // zig's linker is lld, and says something else: Meson 1.0 then gives up.
                lines.append(#"case " $* " in *" -Wl,--version "*)"#)
                lines.append("    echo 'LLD (compatible with GNU linkers)'; exit ;;")
                lines.append("esac")
            }
            // Where a build of ours calls it, no path of the machine shall get into the objects.
            words.append(#"${MARIONETTE_MAP_1:+"-ffile-prefix-map=$MARIONETTE_MAP_1"}"#)
        }
        if program == "strip", toolchain.kind == .zig {
            return (lines + [Self.strip(words.joined(separator: " "))]).joined(separator: "\n")
        }
        lines.append("exec \(words.joined(separator: " ")) \"$@\"")
        return lines.joined(separator: "\n") + "\n"
    }

    /// zig has no strip, and its objcopy takes one file, with another one for what it makes. Archives and
    /// objects stay as they are, since debugging information is all that there is to lose.
    private static func strip(_ objcopy: String) -> String {
        """
        output=
        for word; do
            shift
            case $word in
            -o) takes=yes; continue ;;
            -*) continue ;;
            esac
            if [ "${takes-}" = yes ]; then output=$word takes=; continue; fi
            set -- "$@" "$word"
        done
        for file; do
            case $file in
            *.a|*.o) if [ -n "$output" ]; then cp "$file" "$output"; fi ;;
            *)
                if \(objcopy) "$file" "$file.stripped" 2>/dev/null; then
                    mv -f "$file.stripped" "${output:-$file}" && chmod +x "${output:-$file}" || exit
                else
                    # Not for another order of bytes: it stays as it is.
                    rm -f "$file.stripped"
                    if [ -n "$output" ]; then cp "$file" "$output" || exit; else test -f "$file" || exit; fi
                fi ;;
            esac
        done

        """
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || "-_./=,:+".utf8.contains(byte)
        }
        return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    // MARK: What foreign build tools read

    /// Where the search for libraries of the target begins: what this machine has is of no use.
    private var root: String { path("root") }

    /// The triple's first part.
    private var processor: String { String(target.triple.prefix { $0 != "-" }) }

    private var system: String { target.triple.contains("linux") ? "Linux" : "Generic" }

    /// A toolchain file for CMake, `-DCMAKE_TOOLCHAIN_FILE=`.
    public var cmake: String {
        func quoted(_ text: String) -> String {
            "\""
                + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
                    "$", with: "\\$") + "\""
        }
        var lines = [
            "# CMake toolchain file for \(target.name), written by Marionette.",
            "set(CMAKE_SYSTEM_NAME \(system))",
            "set(CMAKE_SYSTEM_PROCESSOR \(target.machines.first ?? processor))",
        ]
        let programs = [
            ("C_COMPILER", "cc"), ("CXX_COMPILER", "c++"), ("ASM_COMPILER", "cc"), ("AR", "ar"),
            ("RANLIB", "ranlib"), ("STRIP", "strip"), ("OBJCOPY", "objcopy"),
        ]
        lines += programs.map { "set(CMAKE_\($0.0) \(quoted(path($0.1))))" }
        if let emulator = target.emulator {
            lines.append("set(CMAKE_CROSSCOMPILING_EMULATOR \(quoted(emulator)))")
        }
        lines.append("list(APPEND CMAKE_FIND_ROOT_PATH \(quoted(root)))")
        lines.append("set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)")
        for kind in ["LIBRARY", "INCLUDE", "PACKAGE"] {
            lines.append("set(CMAKE_FIND_ROOT_PATH_MODE_\(kind) ONLY)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A cross file for Meson, `--cross-file`.
    public var meson: String {
        func quoted(_ text: String) -> String {
            "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
        }
        let family = mesonFamily
        return """
            # Meson cross file for \(target.name), written by Marionette.
            [binaries]
            c = \(quoted(path("cc")))
            cpp = \(quoted(path("c++")))
            ar = \(quoted(path("ar")))
            ranlib = \(quoted(path("ranlib")))
            strip = \(quoted(path("strip")))
            pkgconfig = 'pkg-config'
            \(target.emulator.map { "exe_wrapper = \(quoted($0))" } ?? "# no emulator is known")

            [properties]
            needs_exe_wrapper = true
            sys_root = \(quoted(root))
            pkg_config_libdir = \(quoted("\(root)/lib/pkgconfig"))

            [host_machine]
            system = \(quoted(system.lowercased()))
            cpu_family = \(quoted(family))
            cpu = \(quoted(target.machines.first ?? processor))
            endian = \(quoted(target.endianness.rawValue))

            """
    }

    /// Meson's names, where they differ from the triple's.
    private var mesonFamily: String {
        switch processor {
        case "powerpc": "ppc"
        case "powerpc64", "powerpc64le": "ppc64"
        case "mipsel": "mips"
        case "mips64el": "mips64"
        case let name where name.hasPrefix("armv") || name == "armeb": "arm"
        case let name: name
        }
    }

    /// The compilers, as configure scripts and makefiles take them.
    var compilers: [(name: String, value: String)] {
        [
            ("CC", path("cc")), ("CXX", path("c++")), ("AR", path("ar")),
            ("RANLIB", path("ranlib")), ("STRIP", path("strip")), ("OBJCOPY", path("objcopy")),
        ]
    }

    /// Assignments for a shell.
    public var environment: [(name: String, value: String)] {
        compilers + [
            ("CONFIGURE_HOST", configureHost), ("CMAKE_TOOLCHAIN_FILE", path(Self.cmakeFile)),
            ("MESON_CROSS_FILE", path(Self.mesonFile)),
        ]
    }

    /// For `configure --host`: `config.sub` knows no `x86`.
    var configureHost: String {
        var parts = target.triple.split(separator: "-").map(String.init)
        if parts[0] == "x86" { parts[0] = "i686" }
        return parts.joined(separator: "-")
    }

    var cmakePath: String { path(Self.cmakeFile) }
    var mesonPath: String { path(Self.mesonFile) }
}

extension Compiler {
    var wrappers: CompilerWrappers {
        CompilerWrappers(
            target: target, toolchain: toolchain, cache: cache, in: UserCache.directory)
    }
}

extension Toolchain {
    /// The command of one of its programs: `cc`, `c++`, `ar`, `ranlib`, `strip`, `objcopy`.
    func command(_ program: String, for target: Target) -> [String] {
        let isCompiler = program == "cc" || program == "c++"
        if isCompiler { return start(target.recipe, isCxx: program == "c++") }
        switch kind {
        case .zig:
            // zig has no strip.
            return program == "strip" ? [path, "objcopy", "--strip-all"] : [path, program]
        case .gcc: return [binutil(program)]
        case .clang: return ["\(target.triple)-\(program)"]
        }
    }

    /// Named like gcc and beside it: `sparc64-linux-gnu-gcc-12` has a `sparc64-linux-gnu-ar`.
    private func binutil(_ program: String) -> String {
        let url = URL(fileURLWithPath: path)
        guard let prefix = url.lastPathComponent.firstRange(of: /gcc(-[0-9.]+)?$/) else {
            return program
        }
        let name = url.lastPathComponent[..<prefix.lowerBound] + program
        return url.deletingLastPathComponent().appending(path: String(name)).path
    }

    func archiver(for target: Target) -> [String] { command("ar", for: target) }
}

extension CompilerWrappers {
    /// Finds the target's toolchain and writes the scripts.
    ///
    /// - Throws: what to install where the toolchain is missing, or why a file can't be written.
    public static func made(for target: Target, data: DataDirectory) throws -> CompilerWrappers {
        guard let found = try ToolchainSearch(data: data).resolve([target]).first else {
            preconditionFailure("a target without a toolchain, and no error")
        }
        let wrappers = CompilerWrappers(target: found.target, toolchain: found.toolchain)
        do {
            try wrappers.write()
        } catch {
            throw Diagnostic(
                summary: "can't write '\(wrappers.directory)': \(error.localizedDescription)")
        }
        return wrappers
    }
}
