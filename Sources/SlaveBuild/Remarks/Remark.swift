import Diagnostics

/// One thing that a compiler or a linker said: its line with the place, and the lines, excerpts and
/// notes that belong to it.
///
///     worker/sum.c:3:5: warning: unused variable 'x' [-Wunused-variable]
///         3 | int x;
///           |     ^
struct Remark: Hashable, Sendable {
    enum Severity: Hashable, Sendable { case error, warning, note }

    /// nil where the tool named none.
    var severity: Severity?
    /// As the tool named it.
    var file: String?
    var text: String

    /// Everything that a tool printed, but for its summaries (`2 warnings generated.`).
    static func all(in output: String) -> [Remark] {
        var remarks: [Remark] = []
        var introduction: [Substring] = []
        var current: (remark: Remark, lines: [Substring])?
        func end() {
            guard var (remark, lines) = current else { return }
            while lines.last?.allSatisfy(\.isWhitespace) ?? false { lines.removeLast() }
            remark.text = lines.map { String($0).neutral }.joined(separator: "\n")
            if !remark.text.isEmpty { remarks.append(remark) }
            current = nil
        }
        for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
            if isSummary(line) { continue }
            if line.hasPrefix("In file included from ") {
                end()
                introduction.append(line)
            } else if let head = head(line), head.severity != .note || current == nil {
                end()
                current = (head, introduction + [line])
                introduction = []
            } else if current != nil {
                current?.lines.append(line)
            } else {
                current = (Remark(text: ""), introduction + [line])
                introduction = []
            }
        }
        end()
        if !introduction.isEmpty {
            remarks.append(Remark(text: introduction.joined(separator: "\n").neutral))
        }
        return remarks
    }

    /// The severity and the file of a line that begins a remark: `FILE:3:5: warning: …`, or
    /// `TOOL: error: …`.
    private static func head(_ line: Substring) -> Remark? {
        let words: [(String, Severity)] = [
            ("error: ", .error), ("fatal error: ", .error), ("warning: ", .warning),
            ("note: ", .note),
        ]
        for (word, severity) in words {
            if line.hasPrefix(word) { return Remark(severity: severity, text: "") }
            guard let found = line.firstRange(of: ": \(word)") else { continue }
            let place = line[..<found.lowerBound]
            let parts = place.split(separator: ":", omittingEmptySubsequences: false)
            let numbers = parts.reversed().prefix(2).prefix { Int($0) != nil }.count
            if numbers > 0, parts.count > numbers {
                let file = parts.dropLast(numbers).joined(separator: ":")
                return Remark(severity: severity, file: file, text: "")
            }
            // The name of a tool has neither spaces nor slashes.
            if !place.contains(where: { $0 == " " || $0 == "/" || $0 == "|" }) {
                return Remark(severity: severity, text: "")
            }
        }
        return nil
    }

    /// `3 warnings and 1 error generated.`
    private static func isSummary(_ line: Substring) -> Bool {
        line.hasSuffix(" generated.") && line.first?.isNumber ?? false
            && (line.contains("warning") || line.contains("error"))
    }
}
