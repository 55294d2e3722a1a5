import Distribution
import Foundation
import Transport

/// One execution of a compiler, or of a tool of its kind, on a host: the files that it reads go along,
/// those that it makes come back, and the host keeps nothing.
struct RemoteTool {
    let connection: any HostConnection
    /// The program's name on the host.
    let program: String

    struct Outcome: Hashable {
        var status: Int32
        var output: [UInt8] = []
        var errors: [UInt8] = []
        /// By path.
        var files: [String: File] = [:]

        struct File: Hashable {
            var bytes: [UInt8]
            var isExecutable: Bool
        }
    }

    /// `$1` the root to make, `$2` the directory below it, `$3` how many of the next words are files that
    /// may be written, `$4` the size of an archive of the files that it needs, with which the input begins;
    /// the other words are the command. When the input ends, nobody waits any more.
    ///
    /// Answers `status N`, then `output`, `errors` and `file NUMBER`, each with a size, a word and that
    /// many bytes.
    private static let script =
        RemoteScripts.attendance + #"""
            root=$1 directory=$2 count=$3 size=$4
            shift 4
            umask 077
            mkdir "$root" || exit 73
            trap 'rm -rf "$root"' EXIT
            trap 'exit 129' HUP INT TERM PIPE
            mkdir -p "$root$directory" && head -c "$size" | gzip -dc | (cd "$root" && tar xf -) || exit 73
            : >"$root/.made"
            touch -t 197101010000 "$root/.made" || exit 73
            number=0
            while [ $number -lt "$count" ]; do
                mkdir -p "$root${1%/*}" || exit 73
                set -- "$@" "$1"
                shift
                number=$((number + 1))
            done
            # The command stands first now, and what it may write behind it.
            cd "$root$directory" || exit 73
            words=$(($# - count))
            run() {
                number=0 total=$#
                while [ $number -lt "$total" ]; do
                    [ $number -lt "$words" ] && set -- "$@" "$1"
                    shift
                    number=$((number + 1))
                done
                attend "$@" >"$root/.output" 2>"$root/.errors"
            }
            (run "$@")
            status=$?
            tell() { echo "$1 $(($(wc -c <"$2"))) $3"; cat "$2"; }
            echo "status $status"
            tell output "$root/.output" -
            tell errors "$root/.errors" -
            shift "$words"
            number=0
            for file do
                if [ -f "$root$file" ] && [ "$root$file" -nt "$root/.made" ]; then
                    mode=-
                    [ -x "$root$file" ] && mode=x
                    tell "file-$number" "$root$file" $mode
                fi
                number=$((number + 1))
            done
            echo "complete 0 -"
            """#

    /// What a program of a slave has, and a build's output.
    private static let answerMax = 512 << 20

    /// - Throws: `HostToolError`, `TransportError`.
    func run(_ tool: ToolFiles, in directory: String) throws -> Outcome {
        let archive = try Self.archive(of: try tool.files())
        var limits = RunLimits()
        limits.outputMax = Self.answerMax
        // An optimiser may be long without a word.
        limits.silenceMax = .seconds(3_600)
        limits.keepsInput = true
        let result = try connection.run(
            script: Self.script,
            arguments: [tool.root, directory, "\(tool.outputs.count)", "\(archive.count)"]
                + tool.outputs + [program] + tool.words,
            input: BytesSource(archive), limits: limits)
        guard let outcome = Self.outcome(result.output, tool.outputs) else {
            let said = result.errorText.split(separator: "\n").last.map(String.init)
            throw HostToolError.failed(host: connection.host, reason: said)
        }
        return outcome
    }

    /// nil: it is not whole, or no answer of the script.
    static func outcome(_ answer: [UInt8], _ outputs: [String]) -> Outcome? {
        var rest = answer[...]
        func line() -> [Substring]? {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let text = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            return text.split(separator: " ")
        }
        guard let first = line(), first.count == 2, first[0] == "status",
            let status = Int32(first[1])
        else { return nil }
        var outcome = Outcome(status: status)
        while let words = line() {
            guard words.count == 3, let count = Int(words[1]), count >= 0, count <= rest.count
            else { return nil }
            let bytes = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            switch words[0] {
            case "output": outcome.output = bytes
            case "errors": outcome.errors = bytes
            case "complete": return rest.isEmpty ? outcome : nil
            case let name where name.hasPrefix("file-"):
                guard let number = Int(name.dropFirst(5)), outputs.indices.contains(number) else {
                    return nil
                }
                outcome.files[outputs[number]] = Outcome.File(
                    bytes: bytes, isExecutable: words[2] == "x")
            default: return nil
            }
        }
        return nil
    }

    /// A compressed tar file. All files have the time 0: whatever the host writes is newer.
    private static func archive(of files: Set<String>) throws -> [UInt8] {
        let process = Process()
        let (names, output, errors) = (Pipe(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "tar", "-C", "/", "--null", "--no-recursion", "--verbatim-files-from", "-T", "-",
            "--dereference", "--hard-dereference", "--mtime=@0", "--owner=0", "--group=0",
            "--format=gnu", "-czf", "-",
        ]
        process.standardInput = names
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let list = Data(files.sorted().map { "\($0.dropFirst())\0" }.joined().utf8)
        // tar reads all names before it writes more than a pipe holds, or while we read.
        Thread.detachNewThread {
            try? names.fileHandleForWriting.write(contentsOf: list)
            try? names.fileHandleForWriting.close()
        }
        let archive = output.fileHandleForReading.readDataToEndOfFile()
        let said = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw HostToolError.unpacked(reason: said.split(separator: "\n").first.map(String.init))
        }
        return [UInt8](archive)
    }
}
