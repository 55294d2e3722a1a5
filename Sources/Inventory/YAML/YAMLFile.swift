import Diagnostics
import Foundation

/// A YAML file as a tree of nodes that know their place.
struct YAMLFile {
    /// As the user named it.
    let name: String
    let lines: [Substring]
    let root: YAMLNode
    /// What is wrong with it and keeps nobody from reading on: keys that stand twice.
    private(set) var faults: [Diagnostic] = []

    private init(name: String, lines: [Substring], root: YAMLNode) {
        (self.name, self.lines, self.root) = (name, lines, root)
    }

    /// Reads and parses; what is wrong with the YAML itself is thrown here, with its place.
    static func load(path: String, name: String) throws(InventoryError) -> YAMLFile {
        let data: Data
        do throws(RegularFileFault) {
            data = try RegularFile.read(path, max: InventoryLimits.fileSizeMax)
        } catch {
            throw .unreadable(file: name, reason: error.reason)
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw .faults([notText(data, name: name)])
        }
        return try parse(text: text, name: name)
    }

    static func parse(text: String, name: String) throws(InventoryError) -> YAMLFile {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let composer = YAMLComposer(text)
        let root: YAMLNode?
        do throws(YAMLComposer.Fault) {
            root = try composer.compose()
        } catch {
            throw .faults([diagnostic(of: error, lines: lines, name: name)])
        }
        guard let root else {
            let place = SourcePlace(file: name, line: 1, column: 1)
            throw .faults([Diagnostic(summary: "the file is empty", place: place)])
        }
        var file = YAMLFile(name: name, lines: lines, root: root)
        file.faults = composer.duplicates.map { duplicate in
            let (key, first) = (duplicate.key, file.place(of: duplicate.first))
            return Diagnostic(
                summary: "key '\(key.scalar?.string ?? "")' stands twice",
                place: file.place(of: key),
                notes: [
                    first.line == key.line
                        ? "first in column \(first.column)" : "first in line \(first.line)"
                ])
        }
        return file
    }

    /// Where a node stands. A scalar is underlined whole, where it stands on one line as it is.
    func place(of node: YAMLNode) -> SourcePlace {
        var length = 1
        if let scalar = node.scalar {
            let quotes = scalar.style == .singleQuoted || scalar.style == .doubleQuoted ? 2 : 0
            let plain = scalar.style == .plain || quotes > 0
            if plain, !scalar.string.contains("\n") { length = scalar.string.count + quotes }
        }
        return Self.place(node.line, node.column, length: length, lines: lines, name: name)
    }

    private static func place(
        _ line: Int, _ column: Int, length: Int = 1, lines: [Substring], name: String
    ) -> SourcePlace {
        let text = lines.indices.contains(line - 1) ? String(lines[line - 1]) : nil
        // libyaml counts Unicode scalars, an excerpt counts characters.
        let before = text.map { String($0.unicodeScalars.prefix(max(0, column - 1))) }
        let column = (before?.count ?? 0) + 1
        let room = max(1, (text?.count ?? 0) - column + 1)
        return SourcePlace(
            file: name, line: line, column: column, length: min(length, room), text: text)
    }

    private static func diagnostic(
        of fault: YAMLComposer.Fault, lines: [Substring], name: String
    ) -> Diagnostic {
        var place = place(fault.line, fault.column, lines: lines, name: name)
        var notes = fault.context.map { ["\($0.text) that starts in line \($0.line)"] } ?? []
        // What is open at the end of the file is told where it was opened.
        if place.text?.isEmpty ?? true, let context = fault.context {
            place = Self.place(context.line, context.column, lines: lines, name: name)
            notes = [context.text]
        }
        // libyaml's sentences go on from their context.
        let problem = fault.problem
        let told = problem.hasPrefix("but ") ? String(problem.dropFirst(4)) : problem
        return Diagnostic(
            summary: "not valid YAML: \(told)", place: place, notes: notes,
            remedy: remedy(place, lines))
    }

    private static func remedy(_ place: SourcePlace, _ lines: [Substring]) -> String? {
        if place.text?.hasPrefix("\t") == true { return "indent with spaces" }
        // What libyaml stumbles over may only be seen in the line behind it.
        let near = lines.indices.contains(place.line - 2) ? [lines[place.line - 2]] : []
        let open =
            (near + [place.text.map { $0[...] } ?? ""]).reversed().first { line in
                line.firstRange(of: /(^|[^"'])\$\{[A-Z]+\}/) != nil && !line.contains("\"")
            } ?? place.text.map { $0[...] }
        guard let line = open,
            let word = line.firstMatch(of: /(?:^|[\[,:\s])(\$\{[A-Z]+\}[^\s,\]}]*)/)
        else { return nil }
        return "braces mean something in YAML: quote the word: \"\(word.output.1)\""
    }

    /// The first byte that is no UTF-8.
    private static func notText(_ data: Data, name: String) -> Diagnostic {
        let bytes = [UInt8](data)
        let valid = bytes.validUTF8Count
        let line = bytes[..<valid].count { $0 == 0x0a } + 1
        let start = bytes[..<valid].lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        let column = String(decoding: bytes[start..<valid], as: UTF8.self).count + 1
        return Diagnostic(
            summary: "not valid YAML: byte \(bytes[valid]) is no UTF-8 text",
            place: SourcePlace(file: name, line: line, column: column))
    }
}

extension [UInt8] {
    /// How many bytes from the beginning are whole characters of UTF-8.
    fileprivate var validUTF8Count: Int {
        var decoder = UTF8()
        var iterator = makeIterator()
        var count = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            count += UTF8.width(scalar)
        }
        return count
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
