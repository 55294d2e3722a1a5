import Diagnostics
import Foundation
import Yams

/// A YAML file as a tree of nodes that know their place.
struct YAMLFile {
    /// As the user named it.
    let name: String
    let lines: [Substring]
    let root: Node

    /// Reads and parses; what is wrong with the YAML itself is thrown here, with its place.
    static func load(path: String, name: String) throws(InventoryError) -> YAMLFile {
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            data = try handle.read(upToCount: InventoryLimits.fileSizeMax + 1) ?? Data()
        } catch {
            throw .unreadable(file: name, reason: reason(of: error))
        }
        guard data.count <= InventoryLimits.fileSizeMax else {
            throw .unreadable(
                file: name, reason: "it is larger than \(InventoryLimits.fileSizeMax) bytes")
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw .unreadable(file: name, reason: "it is not UTF-8 text")
        }
        return try parse(text: text, name: name)
    }

    static func parse(text: String, name: String) throws(InventoryError) -> YAMLFile {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        do {
            guard let root = try Yams.compose(yaml: text) else {
                let place = SourcePlace(file: name, line: 1, column: 1)
                throw InventoryError.faults([Diagnostic(summary: "the file is empty", place: place)]
                )
            }
            return YAMLFile(name: name, lines: lines, root: root)
        } catch let error as InventoryError {
            throw error
        } catch let error as YamlError {
            throw .faults([syntaxFault(error, lines: lines, name: name)])
        } catch {
            throw .unreadable(file: name, reason: "\(error)")
        }
    }

    /// Where a node stands. A scalar is underlined whole, where it stands on one line as it is.
    func place(of node: Node) -> SourcePlace {
        guard let mark = node.mark else { return SourcePlace(file: name, line: 1, column: 1) }
        guard let scalar = node.scalar else { return Self.place(mark, lines: lines, name: name) }
        let quotes = scalar.style == .singleQuoted || scalar.style == .doubleQuoted ? 2 : 0
        let plain = scalar.style == .plain || quotes > 0
        let length = plain && !scalar.string.contains("\n") ? scalar.string.count + quotes : 1
        return Self.place(mark, length: length, lines: lines, name: name)
    }

    private static func place(
        _ mark: Mark, length: Int = 1, lines: [Substring], name: String
    ) -> SourcePlace {
        let text = lines.indices.contains(mark.line - 1) ? String(lines[mark.line - 1]) : nil
        // libyaml counts Unicode scalars, an excerpt counts characters.
        let before = text.map { String($0.unicodeScalars.prefix(max(0, mark.column - 1))) }
        let column = (before?.count ?? 0) + 1
        let room = max(1, (text?.count ?? 0) - column + 1)
        return SourcePlace(
            file: name, line: mark.line, column: column, length: min(length, room), text: text)
    }

    private static func syntaxFault(
        _ error: YamlError, lines: [Substring], name: String
    ) -> Diagnostic {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return fault(problem: problem, context: context, mark: mark, lines: lines, name: name)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? ""
            let again = secondLine(of: key, first: context.mark, lines: lines)
            return Diagnostic(
                summary: "key '\(key)' stands twice",
                place: place(context.mark, length: key.count, lines: lines, name: name),
                notes: again.map { ["again in line \($0)"] } ?? [])
        case .reader(let problem, _, _, _):
            return Diagnostic(
                summary: "not valid YAML: \(problem)",
                place: SourcePlace(file: name, line: 1, column: 1))
        default:
            return Diagnostic(summary: "not valid YAML: \(error)")
        }
    }

    private static func fault(
        problem: String, context: YamlError.Context?, mark: Mark, lines: [Substring], name: String
    ) -> Diagnostic {
        var place = place(mark, lines: lines, name: name)
        var notes = context.map { ["\($0.text) that starts in line \($0.mark.line)"] } ?? []
        // What is open at the end of the file is told where it was opened.
        if place.text?.isEmpty ?? true, let context {
            place = Self.place(context.mark, lines: lines, name: name)
            notes = [context.text]
        }
        // libyaml's sentences go on from their context.
        let told = problem.hasPrefix("but ") ? String(problem.dropFirst(4)) : problem
        return Diagnostic(
            summary: "not valid YAML: \(told)", place: place, notes: notes,
            remedy: place.text?.hasPrefix("\t") == true ? "indent with spaces" : nil)
    }

    /// Yams tells one place of a duplicate key. The other one is the next line that begins, at the
    /// same column, with that key; keys in braces on one line are not searched.
    private static func secondLine(of key: String, first: Mark, lines: [Substring]) -> Int? {
        let indent = String(repeating: " ", count: max(0, first.column - 1))
        let index = lines.indices.first { index in
            index > first.line - 1 && lines[index].hasPrefix("\(indent)\(key):")
        }
        return index.map { $0 + 1 }
    }
}

/// The words of the operating system for an error of Foundation.
func reason(of error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    guard let underlying, underlying.domain == NSPOSIXErrorDomain else {
        return (error as NSError).localizedDescription
    }
    return String(cString: strerror(Int32(underlying.code))).lowercased()
}
