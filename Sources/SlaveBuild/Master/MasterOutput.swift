/// What SwiftPM printed, without its progress: what concerns the project's own files stands first, and
/// everything stands once.
struct MasterOutput: Sendable {
    /// The package's directory.
    let directory: String

    /// What a failed build printed.
    func errors(in output: String) -> String {
        let remarks = remarks(in: output)
        let errors = remarks.filter { $0.severity == .error && !isConsequence($0) }
        guard !errors.isEmpty else {
            return remarks.map { $0.text + "\n" }.joined()
        }
        let own = errors.filter(isOwn)
        let warnings = remarks.filter { $0.severity == .warning && isOwn($0) }
        let others = errors.filter { !isOwn($0) }
        return (own + warnings + others).map { $0.text + "\n" }.joined()
    }

    /// Warnings of a build that succeeded: the project's own. Those of packages that it uses are
    /// somebody else's work.
    func warnings(in output: String) -> [Remark] {
        remarks(in: output).filter { $0.severity == .warning && isOwn($0) }
    }

    private func remarks(in output: String) -> [Remark] {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !isProgress($0) }
        var seen: Set<Remark> = []
        return Remark.all(in: lines.joined(separator: "\n")).filter { seen.insert($0).inserted }
    }

    /// `[3/5] Compiling sums main.swift`, `Building for production...`
    private func isProgress(_ line: Substring) -> Bool {
        let beginnings = [
            "Building for ", "Build complete!", "Compiling plugin ", "Fetching ", "Fetched ",
            "Computing version ", "Computed ", "Creating working copy ", "Working copy of ",
            "Updating ", "Updated ", "Build of product ",
        ]
        if beginnings.contains(where: { line.hasPrefix($0) }) { return true }
        guard line.hasPrefix("["), let end = line.firstIndex(of: "]") else { return false }
        let parts = line[line.index(after: line.startIndex)..<end].split(separator: "/")
        return parts.count == 2 && parts.allSatisfy { Int($0) != nil }
    }

    /// What follows from an error that was said already.
    private func isConsequence(_ remark: Remark) -> Bool {
        remark.file == nil
            && ["command failed with exit code", "error: fatalError", "fatal error encountered"]
                .contains { remark.text.contains($0) }
    }

    private func isOwn(_ remark: Remark) -> Bool {
        guard let file = remark.file else { return false }
        return file.hasPrefix("\(directory)/") && !file.hasPrefix("\(directory)/.build/")
            || !file.hasPrefix("/")
    }
}
