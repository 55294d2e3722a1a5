import ArgumentParser
import Diagnostics
import Distribution
import Foundation
import Inventory
import SlaveBuild
import Transport

struct HostCompilerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host-compiler",
        abstract: "Make a target that is compiled on a host itself.",
        discussion: """
            For a machine that nothing here compiles for. The host needs a C compiler that takes gcc's \
            options, tar and gzip.

            Writes Targets/HOST.yaml, and programs in Targets/HOST (gcc, ar, strip and others) that send \
            what they need to the host, execute the program of that name there, and fetch what it made. \
            Then let the host's entry in marionette.yaml say 'target: HOST'.
            """)

    @OptionGroup var project: ProjectOptions

    @Option(help: ArgumentHelp("The C compiler there (default: gcc, else cc).", valueName: "name"))
    var compiler: String?

    @Argument(help: ArgumentHelp("A host of marionette.yaml.", valueName: "host"))
    var host: String

    func run() async throws {
        try await reportingErrors {
            let manifest = try Manifest.load(directory: project.directory, expecting: host)
            let entry = try Preparation.host(host, among: manifest.hosts)
            try manifest.checkSSH()
            let connection = try StandardConnector().connect(
                to: entry.endpoint(in: manifest), host: host)
            defer { connection.close() }
            let facts = try HostFacts.probe(connection)
            let found = try HostCompiler(connection, wanted: compiler)
            let targets = "\(manifest.directory)/Targets"
            let file = "\(targets)/\(host).yaml"
            let text = try found.target(named: host, facts)
            try FileManager.default.createDirectory(
                atPath: "\(targets)/\(host)", withIntermediateDirectories: true)
            try ProgramFiles.write(found.programs(of: host, in: "\(targets)/\(host)"))
            let isThere = FileManager.default.fileExists(atPath: file)
            if !isThere { try text.write(toFile: file, atomically: true, encoding: .utf8) }
            try printResult(
                (isThere ? "kept " : "wrote ") + "Targets/\(host).yaml, for \(found.banner)")
        }
    }
}

/// The compiler of a host.
private struct HostCompiler {
    let host: String
    let name: String
    let banner: String
    let triple: String
    let isStatic: Bool

    private static let script = """
        LC_ALL=C; export LC_ALL
        for name in ${1:-gcc cc}; do
            command -v "$name" >/dev/null 2>&1 || continue
            echo "name $name"
            echo "banner $("$name" --version 2>/dev/null | sed -n 1p)"
            echo "triple $("$name" -dumpmachine 2>/dev/null)"
            echo 'int main(void) { return 0; }' |
                "$name" -static -x c - -o /dev/null 2>/dev/null && echo "static yes"
            break
        done
        """

    init(_ connection: any HostConnection, wanted: String?) throws {
        host = connection.host
        let result = try connection.run(script: Self.script, arguments: wanted.map { [$0] } ?? [])
        var answers: [Substring: String] = [:]
        for line in result.outputText.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2 { answers[words[0]] = String(words[1]).neutral }
        }
        // They go into files of this machine: a host's words are not trusted with more than they are for.
        guard let name = answers["name"], let banner = answers["banner"],
            let triple = answers["triple"],
            (wanted.map { [$0] } ?? ["gcc", "cc"]).contains(name), Self.isPlain(triple)
        else { throw HostCompilerError.none(host: host, wanted: wanted) }
        self.name = name
        self.banner = banner
        self.triple = triple
        isStatic = answers["static"] != nil
    }

    private static func isPlain(_ word: String) -> Bool {
        word.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil
    }

    /// The text of the target's file.
    func target(named target: String, _ facts: HostFacts) throws -> String {
        guard let isBigEndian = facts.isBigEndian, let wordBits = facts.wordBits,
            Self.isPlain(facts.machine)
        else {
            throw HostCompilerError.untold(host: host)
        }
        return """
            # Compiled on host '\(host)' itself, by the programs in '\(target)' beside this file.
            machines: [\(facts.machine)]
            endianness: \(isBigEndian ? "big" : "little")
            word-bits: \(wordBits)
            triple: \(triple)
            toolchain: gcc
            compiler: Targets/\(target)/gcc
            flags: [-O2, -g, -std=c99, -ffp-contract=off]
            link: \(isStatic ? "static" : "dynamic")

            """
    }

    /// Scripts by path. The compilers are called as gcc's are, by which the others are found.
    func programs(of host: String, in directory: String) -> [String: String] {
        let slash = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        let last = name[slash...].replacing("gcc", with: "g++").replacing("clang", with: "clang++")
        let cxx = last == "cc" ? "c++" : last
        var programs = ["gcc": name, "g++": "\(name[..<slash])\(cxx)"]
        for tool in ["ar", "ranlib", "strip", "objcopy"] { programs[tool] = tool }
        var texts: [String: String] = [:]
        for (own, program) in programs {
            texts["\(directory)/\(own)"] = """
                #!/bin/sh
                # Executes a program on a host; written by 'marionette host-compiler'.
                marionette=\(shellQuoted([ownExecutable]))
                [ -x "$marionette" ] || marionette=marionette
                project=$(cd "$(dirname "$0")/../.." && pwd) || exit
                exec "$marionette" host-tool --directory "$project" \(shellQuoted([host, program])) -- "$@"

                """
        }
        return texts
    }
}

enum HostCompilerError: DiagnosticError, Hashable {
    case none(host: String, wanted: String?)
    case untold(host: String)

    var diagnostic: Diagnostic {
        switch self {
        case .none(let host, let wanted):
            Diagnostic(
                summary: "host '\(host)' has no \(wanted.map { "'\($0)'" } ?? "gcc or cc")"
                    + " that says its version and machine",
                remedy: "--compiler names another that takes gcc's options")
        case .untold(let host):
            Diagnostic(
                summary:
                    "host '\(host)' does not say its machine, byte order and word size",
                remedy: "marionette hosts")
        }
    }

    var exitCode: Diagnostics.ExitCode { .configuration }
}
