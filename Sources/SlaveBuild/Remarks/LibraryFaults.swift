import Diagnostics

/// Makes readable what linkers say of a name for `-l` that they don't find: most are a misspelt library of
/// the manifest.
///
///     error: unable to find static system library "vendr" using strategy no_fallback. searched paths: none
///     /usr/bin/ld: cannot find -lvendr: No such file or directory
struct LibraryFaults {
    /// Those of the manifest.
    let known: [String]

    func readable(_ output: String) -> String {
        output.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            missing(line).map { fault(of: $0).rendered } ?? String(line)
        }.joined(separator: "\n")
    }

    private func missing(_ line: Substring) -> String? {
        let found =
            line.firstMatch(of: /unable to find [a-z ]*library ["']([^"']+)["']/)
            ?? line.firstMatch(of: /(?:cannot find|unable to find library) -l([^\s:]+)/)
        return found.map { String($0.output.1) }
    }

    private func fault(of name: String) -> Diagnostic {
        Diagnostic(
            summary: "there is no library '\(name)'",
            notes: [
                "it is neither in the manifest's 'libraries' nor in what the target comes with"
            ],
            remedy: nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                ?? "name its files, sources or project in the manifest's 'libraries'")
    }
}
