import Foundation
import TestKit
import Testing

@testable import Inventory

@Suite struct ToolchainSearchTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    /// A program that says which version of zig it is.
    private func makeZig(_ name: String, version: String?) throws -> String {
        let script = version.map { "#!/bin/sh\necho \($0)\n" } ?? "#!/bin/sh\nexit 1\n"
        return try makeProgram(name, script)
    }

    private func makeProgram(_ name: String, _ script: String) throws -> String {
        try project.write(script, to: "\(name).text")
        let path = "\(project.directory)/\(name)"
        // Written by another process: a file that this one wrote can't be executed while a child
        // that some other test starts at this moment still has the descriptor.
        let copy = try Process.run(
            URL(filePath: "/usr/bin/install"), arguments: ["-m", "755", "\(path).text", path])
        copy.waitUntilExit()
        try #require(copy.terminationStatus == 0)
        return path
    }

    private func find(named: String? = nil) -> Toolchain? {
        var environment = ["PATH": "\(project.directory)/bin", "HOME": "\(project.directory)/home"]
        environment["MARIONETTE_ZIG"] = named
        return ToolchainSearch(environment: environment, directory: project.directory).findZig()
    }

    @Test func `the variable, what setup installed, and PATH are searched in this order`() throws {
        #expect(find() == nil)
        let onPath = try makeZig("bin/zig", version: "1.0")
        #expect(find() == Toolchain(kind: .zig, path: onPath, version: "1.0"))
        let prepared = try makeZig(
            ".tools/venv/lib/python3.11/site-packages/ziglang/zig", version: "2.0")
        #expect(find() == Toolchain(kind: .zig, path: prepared, version: "2.0"))
        let named = try makeZig("mine/zig", version: "3.0")
        #expect(find(named: named) == Toolchain(kind: .zig, path: named, version: "3.0"))
    }

    @Test func `a program that tells no version is passed over`() throws {
        let onPath = try makeZig("bin/zig", version: "1.0")
        let broken = try makeZig("broken/zig", version: nil)
        #expect(find(named: broken)?.path == onPath)
    }

    @Test func `the package of python is the last place`() throws {
        try TemporaryDirectory.writeProgram(
            "#!/bin/sh\necho \(project.directory)/site/ziglang\n",
            at: "\(project.directory)/bin/python3")
        let zig = try makeZig("site/ziglang/zig", version: "4.0")
        #expect(find() == Toolchain(kind: .zig, path: zig, version: "4.0"))
    }

    /// Where `marionette targets` says to install it.
    @Test func `zig in a place of the user's own precedes the one on PATH`() throws {
        _ = try makeZig("bin/zig", version: "1.0")
        let own = try makeZig(
            "home/.local/share/marionette/venv/lib/python3.13/site-packages/ziglang/zig",
            version: "5.0")
        #expect(find()?.path == own)
    }

    private func search(path: String = "bin") -> ToolchainSearch {
        ToolchainSearch(
            environment: ["PATH": "\(project.directory)/\(path)", "HOME": project.directory],
            directory: project.directory)
    }

    private static func target(_ recipe: TargetRecipe) -> Target {
        Target(name: "mine", machines: ["m"], endianness: .big, wordBits: 64, recipes: [recipe])
    }

    private func find(_ recipe: TargetRecipe) -> Toolchain? {
        search().find(recipe, for: Self.target(recipe))
    }

    private static let gcc = """
        #!/bin/sh
        case $1 in
        --version) echo 'm-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0'; echo 'Copyright';;
        -print-file-name=include) echo /lib/gcc/m/12/../12/include;;
        -dumpmachine) echo m-elf-gnu;;
        esac

        """

    @Test func `gcc is the one that is named after the triple, and brings its C++ compiler`() throws
    {
        let recipe = TargetRecipe(toolchain: .gcc, triple: "m-linux-gnu", flags: [])
        #expect(find(recipe) == nil)
        let path = try makeProgram("bin/m-linux-gnu-gcc", Self.gcc)
        #expect(
            find(recipe)
                == Toolchain(
                    kind: .gcc, path: path, version: "12.2.0",
                    banner: "m-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0", cxxPath: nil,
                    files: "/lib/gcc/m/12"))
        let cxx = try makeProgram("bin/m-linux-gnu-g++", Self.gcc)
        #expect(find(recipe)?.cxxPath == cxx)
    }

    @Test func `the compiler called gcc is taken where it makes code for that machine`() throws {
        let path = try makeProgram("bin/gcc", Self.gcc)
        let recipe = TargetRecipe(toolchain: .gcc, triple: "m-linux-gnu", flags: [])
        #expect(find(recipe)?.path == path)
        let other = TargetRecipe(toolchain: .gcc, triple: "n-linux-gnu", flags: [])
        #expect(find(other) == nil)
    }

    @Test func `a compiler may have any name, or a path`() throws {
        let path = try makeProgram("tools/my-cc", Self.gcc)
        let cxx = try makeProgram("tools/my-c++", Self.gcc)
        for command in ["my-cc", path] {
            let recipe = TargetRecipe(
                toolchain: .gcc, triple: "m", flags: [], compiler: command)
            let found = search(path: "tools").find(recipe, for: Self.target(recipe))
            #expect(found?.path == path)
            #expect(found?.cxxPath == cxx)
            #expect(found?.start(recipe) == [path])
            #expect(found?.start(recipe, isCxx: true) == [cxx])
        }
        let missing = TargetRecipe(toolchain: .gcc, triple: "m", flags: [], compiler: "/no/cc")
        #expect(find(missing) == nil)
        #expect(
            search().remedy(for: missing, of: Self.target(missing))
                == "'/no/cc' does not exist: correct 'compiler' in Targets/mine.yaml")
        let unnamed = TargetRecipe(toolchain: .gcc, triple: "mine", flags: [])
        #expect(
            search().remedy(for: unnamed, of: Self.target(unnamed))
                == "name the compiler ('compiler'), or the triple of Debian's ('triple'), in"
                + " Targets/mine.yaml")
        // The gcc of this machine builds a target for it that names nothing.
        let gcc = try makeProgram("bin/gcc", Self.gcc)
        #expect(search().find(unnamed, for: Self.target(unnamed))?.path == gcc)
    }

    @Test(arguments: [
        ("x86_64-linux-gnu-gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0"),
        ("Debian clang version 14.0.6", "14.0.6"),
        ("Ubuntu clang version 14.0.0-1ubuntu1.1", "14.0.0-1ubuntu1.1"),
        ("clang version 21.1.6 (https://github.com/llvm/llvm-project 5.7)", "21.1.6"),
        ("my compiler", "my compiler"),
    ])
    func `a compiler's version is in its first line`(line: String, version: String) {
        #expect(ToolchainSearch.version(in: line) == version)
    }

    @Test func `what is missing comes with the command that installs it`() throws {
        let recipe = TargetRecipe(toolchain: .gcc, triple: "m_64-linux-gnu", flags: [])
        let target = Self.target(recipe)
        #expect(
            search().remedy(for: recipe, of: target)
                == "install 'm_64-linux-gnu-gcc', which Debian has in g++-m-64-linux-gnu")
        _ = try makeProgram("bin/apt-get", "#!/bin/sh\n")
        let sudo = geteuid() == 0 ? "" : "sudo "
        #expect(
            search().remedy(for: recipe, of: target)
                == "\(sudo)apt-get install g++-m-64-linux-gnu")
        let zig = TargetRecipe(toolchain: .zig, triple: "m", flags: [])
        let venv = "\(project.directory)/.local/share/marionette/venv"
        #expect(
            search().remedy(for: zig, of: target)
                == "python3 -m venv \(venv) && \(venv)/bin/pip install ziglang")
        try project.write("", to: "Tools/setup")
        #expect(
            search().remedy(for: zig, of: target) == "make -C \(project.directory) setup")
    }

    // MARK: what a compiler can do

    private func reason(of script: String, _ kind: Toolchain.Kind = .gcc) throws -> String? {
        let path = try makeProgram("bin/compiler", script)
        let recipe = TargetRecipe(toolchain: kind, triple: "m-linux-gnu", flags: ["-O7"])
        let toolchain = Toolchain(kind: kind, path: path, version: "1")
        return ToolchainProbe(
            target: Self.target(recipe), recipe: recipe, toolchain: toolchain,
            cache: "\(project.directory)/cache"
        ).reason()
    }

    @Test func `a compiler that compiles and links ELF can build the target`() throws {
        // It is told what the file says of the target, and compiles for it.
        func script(magic: String) -> String {
            """
            #!/bin/sh
            case " $* " in
            *" -O7 -w -DMARIONETTE_BIG=1 -DMARIONETTE_BITS=64 "*" -c "*)
                printf '\(magic)' >probe.o; exit 0;;
            " -O7 -w -static probe.o -o probe ") exit 0;;
            esac
            echo "error: $*"; exit 1

            """
        }
        #expect(try reason(of: script(magic: "\\177ELF")) == nil)
        #expect(
            try reason(of: script(magic: "\\317\\372\\355\\376"))
                == "it makes no ELF files, which slaves have to be")
    }

    @Test(arguments: [
        (
            "probe.c:5:10: fatal error: stdio.h: No such file",
            "there is no C library for 'm-linux-gnu'"
        ),
        (
            "probe.c:5:10: fatal error: 'poll.h' file not found",
            "slaves need POSIX, and 'm-linux-gnu' lacks 'poll.h'"
        ),
        (
            "x\nprobe.c:5:10: fatal error: 'sys/wait.h' file not found\n   #include",
            "slaves need POSIX, and 'm-linux-gnu' lacks 'wait.h'"
        ),
        (
            "ld: probe.c:9: undefined reference to `__sync_val_compare_and_swap_4'",
            "its processor has no atomic operations, and the library lacks them"
        ),
        ("info: these\n\nerror: unknown architecture: 'm'", "unknown architecture: 'm'"),
        ("error: unable to create target: 'none'", "it makes no code for 'm-linux-gnu'"),
        ("", "its compiler fails without a word"),
    ])
    func `why a compiler can't build a target is in what it prints`(
        output: String, reason: String
    ) throws {
        try project.write(output, to: "output")
        #expect(
            try self.reason(of: "#!/bin/sh\ncat '\(project.directory)/output' >&2; exit 1\n")
                == reason)
    }

    @Test func `what zig can build is tried once, all else each time`() throws {
        let note = "#!/bin/sh\necho >>'\(project.directory)/runs'\n"
        let works = note + "printf '\\177ELF' >probe.o\n"
        let fails = note + "echo error: none; exit 1\n"
        func runs(_ script: String, _ kind: Toolchain.Kind) throws -> Int {
            try project.write("", to: "runs")
            let reasons = try (1...3).map { _ in try reason(of: script, kind) }
            #expect(Set(reasons) == [script == works ? nil : "none"])
            return try String(contentsOfFile: "\(project.directory)/runs", encoding: .utf8).count
        }
        #expect(try runs(fails, .zig) == 3)
        // To compile, and to link.
        #expect(try runs(works, .zig) == 2)
        #expect(try runs(works, .gcc) == 6)
    }
}
