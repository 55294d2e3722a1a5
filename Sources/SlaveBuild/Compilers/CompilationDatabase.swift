import BuildGraph
import Foundation

/// `compile_commands.json`: how each source of the project is compiled, for clangd and other tools.
/// It holds the commands for one target, which editors then take for all.
struct CompilationDatabase {
    private struct Entry: Encodable {
        var directory: String
        var file: String
        var arguments: [String]
    }

    /// The file's name; editors look for it in the directories above a source.
    static let name = "compile_commands.json"

    /// nil: nothing of the project is compiled.
    let text: String?

    /// - Parameters:
    ///   - steps: those of one compiler.
    ///   - installation: the directory of zig; its headers stand for those of the system.
    init(steps: [Step], directory: String, compiler: Compiler) {
        let entries = steps.compactMap { step -> Entry? in
            guard case .command(let command) = step.action,
                let flag = command.arguments.firstIndex(of: "-c"),
                flag + 1 < command.arguments.count
            else { return nil }
            let source = command.arguments[flag + 1]
            // What is ours is none of the editor's business.
            guard !source.hasPrefix("/"), !source.hasPrefix(".marionette/") else { return nil }
            return Entry(
                directory: directory, file: source,
                arguments: compiler.readable(command.arguments))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        text =
            entries.isEmpty
            ? nil
            : (try? encoder.encode(entries)).map { String(decoding: $0, as: UTF8.self) + "\n" }
    }

    /// Writes the file, unless it is what it was, or somebody else's.
    func write(in directory: String) throws {
        guard let text else { return }
        let path = "\(directory)/\(Self.name)"
        var status = stat()
        if lstat(path, &status) == 0 {
            // What can't be read is not ours: a link that leads nowhere, a directory.
            guard let old = try? String(contentsOfFile: path, encoding: .utf8) else { return }
            // Where every command of ours writes, and nobody else's.
            guard old != text, old.contains("\".marionette/build") else { return }
        }
        try writeAtomically(text.utf8, to: path)
    }
}

extension Compiler {
    /// The command as clang itself would be called: who reads it may know no `zig cc`.
    fileprivate func readable(_ arguments: [String]) -> [String] {
        guard toolchain.kind == .zig, arguments.count > 4 else { return arguments }
        let headers = "\(installation)/lib/libc/include"
        // zig's names of directories: the triple, the system's for any C library, for any machine.
        let directories = [
            "\(installation)/lib/include", "\(headers)/\(target.triple)", "\(headers)/generic-musl",
            "\(headers)/\(target.triple.prefix { $0 != "-" })-linux-any",
            "\(headers)/any-linux-any",
        ].filter { FileManager.default.fileExists(atPath: $0) }
        let isCxx = arguments[1] == "c++"
        let cxx = isCxx ? ["libcxx", "libcxxabi"].map { "\(installation)/lib/\($0)/include" } : []
        return [isCxx ? "clang++" : "clang", "--target=\(target.triple)", "-nostdlibinc"]
            + (isCxx ? ["-nostdinc++"] : [])
            + (cxx + directories).flatMap { ["-isystem", $0] }
            + arguments.dropFirst(4).filter { !$0.hasPrefix("-ffile-prefix-map=") }
    }
}
