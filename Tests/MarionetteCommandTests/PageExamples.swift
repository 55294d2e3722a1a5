import Foundation
import TestKit
import Testing

/// The fenced blocks of a page of the documentation.
struct Page {
    struct Block {
        var section: String
        var language: String
        var text: String
    }

    var blocks: [Block] = []

    static func building() throws -> Page { try Page(named: "Building.md") }

    init(named name: String) throws {
        self.init(
            try String(contentsOfFile: "\(Checkout.root)/Documentation/\(name)", encoding: .utf8))
    }

    init(_ text: String) {
        var section = ""
        var open: Block?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let block = open { blocks.append(block) }
                open =
                    open == nil
                    ? Block(section: section, language: String(line.dropFirst(3)), text: "") : nil
            } else if open != nil {
                open?.text += line + "\n"
            } else if line.hasPrefix("#") {
                section = String(line.drop { $0 == "#" || $0 == " " })
            }
        }
    }

    func blocks(in section: String, count: Int) throws -> [Block] {
        let found = blocks.filter { $0.section == section }
        try #require(found.count == count, "section '\(section)'")
        return found
    }
}

/// A directory in which examples are executed.
final class Example {
    private let temporary = FileManager.default.temporaryDirectory
        .appending(path: "marionette-page-\(UUID().uuidString)")
    var directory: String { temporary.path }

    init() throws {
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: temporary) }

    func write(_ text: String, to name: String, isProgram: Bool = false) throws {
        let url = temporary.appending(path: name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        if isProgram {
            try writeProgram(text, to: url.path)
        } else {
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
    }

    /// A manifest of which an example shows a part.
    func writeWorker(_ part: String) throws {
        try write(
            "application: demo\ninterface: demo.x\nmaster: { product: demo }\n" + part,
            to: "marionette.yaml")
        try write("application Demo { worker pure int twice(int); } = 0x20000042;\n", to: "demo.x")
    }

    func compiler(for target: String) throws -> String {
        let text = try run("eval \"$(marionette toolchain \(target))\"; echo \"$CC\"")
        return text.trimmingCharacters(in: .newlines)
    }

    func build() throws { _ = try run("marionette build --target x86_64-linux-musl") }

    /// What a shell's script prints on standard output.
    func run(_ script: String) throws -> String {
        let binaries = URL(fileURLWithPath: Checkout.marionette).deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let process = try TestProcess.run(
            ["sh", "-euc", script], directory: directory,
            environment: ["PATH": "\(directory)/bin:\(binaries):\(path)"])
        try #require(process.status == 0, "\(script)\n\(process.output)\(process.errors)")
        return process.output
    }
}
