import Diagnostics

/// `#include`, and the `%#include` lines whose headers are made from interfaces.
extension Lexer {
    mutating func include(_ line: DirectiveLine) {
        let range = range(line.rest)
        guard let name = fileName(text(line.rest)) else {
            return report.error(
                "'#include' needs a file in quotes", at: range, remedy: "#include \"types.x\"")
        }
        guard name.hasSuffix(".x") else {
            if !includeInterface(of: line) {
                report.warning("'\(name)' is no interface and is not read", at: range)
            }
            return
        }
        if !read(name, at: range) {
            let directories = files.directories(for: report.source.file(of: range))
            report.error(
                "there is no interface file '\(name)'", at: range,
                notes: [
                    "looked in " + directories.map { "'\($0)'" }.joined(separator: ", ")
                ])
        }
    }

    /// `types.h` is made from `types.x`, if that is there.
    @discardableResult
    mutating func includeInterface(of line: DirectiveLine) -> Bool {
        guard let name = fileName(text(line.rest)), name.hasSuffix(".h") else { return false }
        let range = range(line.rest)
        let interface = name.dropLast(2) + ".x"
        if read(String(interface), at: range) { return true }
        if let last = interface.split(separator: "/").last, last != interface,
            read(String(last), at: range)
        {
            return true
        }
        hasUnreadHeaders = true
        return false
    }

    private func fileName(_ text: String) -> String? {
        let inner = text.dropFirst().dropLast()
        let isQuoted =
            text.hasPrefix("\"") && text.hasSuffix("\"")
            || text.hasPrefix("<") && text.hasSuffix(">")
        guard isQuoted, text.count > 2, inner.utf8.count <= InterfaceLimits.nameBytes,
            inner.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
        else { return nil }
        return String(inner)
    }

    /// Every file is read once, however often it is included. False where there is none.
    private mutating func read(_ name: String, at range: SourceRange) -> Bool {
        guard let path = files.find(name, from: report.source.file(of: range)) else {
            return false
        }
        if report.source.files.contains(path) { return true }
        guard included.count < InterfaceLimits.includeDepth else {
            report.error(
                "more than \(InterfaceLimits.includeDepth) files include one another", at: range)
            return true
        }
        let room = InterfaceLimits.fileBytes - report.source.bytes.count
        guard let text = files.text(path, atMost: room) else {
            report.error(
                "'\(path)' can't be read, or exceeds with its includers the limit of "
                    + "\(InterfaceLimits.fileBytes) bytes", at: range)
            return true
        }
        let bytes = report.source.append(file: path, text: text)
        included.append(
            Included(
                path: path, end: bytes.upperBound, resume: offset, conditions: conditions.count))
        (offset, end) = (bytes.lowerBound, bytes.upperBound)
        return true
    }

    /// False at the end of the interface itself.
    mutating func leaveIncluded() -> Bool {
        guard included.count > 1 else { return false }
        offset = included.removeLast().resume
        end = included.last?.end ?? end
        return true
    }
}
