import Diagnostics
import Foundation
import InterfaceCompiler
import Inventory

/// Makes readable what a linker or swiftc says of a worker that lacks operations: they speak of
/// symbols and of generated files, the author of a worker thinks of operations.
struct WorkerFaults {
    let application: String
    let functions: [WorkerFunction]
    let language: Manifest.Worker.Language
    private let defined: [Definition]

    private struct Definition {
        var found: FunctionSearch.Found
        var file: String
        var text: String

        var place: SourcePlace {
            SourcePlace(
                file: file, line: found.line, column: found.column, length: found.name.count,
                text: text)
        }
    }

    /// nil where the interface can't be read, as far as that may be after it was compiled.
    init?(application: Manifest.Application, directory: String, model: InterfaceModel?) {
        guard let model, let described = model.application else { return nil }
        self.application = described.name
        let language = application.worker.language
        self.language = language
        functions = workerFunctions(of: model, in: language == .swift ? .swiftWorker : .c)
        defined = application.worker.code.sources.flatMap { file -> [Definition] in
            let path = "\(directory)/\(file)"
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return FunctionSearch.functions(
                in: text, language: language == .swift ? .swift : .c
            ).map { found in
                Definition(found: found, file: path, text: String(lines[found.line - 1]))
            }
        }
    }

    // MARK: C and C++

    /// What a linker printed, with each missing operation in words.
    func readable(link output: String) -> String {
        Remark.all(in: GNULinkerOutput.rewritten(output)).map { remark in
            fault(ofSymbolIn: remark.text).map(\.rendered) ?? remark.text
        }.map { $0 + "\n" }.joined()
    }

    private func fault(ofSymbolIn text: String) -> Diagnostic? {
        let line = text.prefix { $0 != "\n" }
        guard let range = line.firstRange(of: "undefined symbol: ") else { return nil }
        // In C++ a symbol is shown with its parameters.
        let symbol = line[range.upperBound...].prefix { $0 != "(" && $0 != " " }
        return functions.first { $0.name == symbol }.map { missing($0) }
    }

    private func missing(_ function: WorkerFunction) -> Diagnostic {
        let summary = "operation '\(function.operation)' is not in the worker"
        let toWrite = "to be written: \(function.prototype)"
        if let same = defined.first(where: { $0.found.name == function.name }) {
            let linkage = language == .cxx ? "its parameters differ" : "it is static"
            return Diagnostic(
                summary: "'\(function.name)' is not the function of operation"
                    + " '\(function.operation)'",
                place: same.place,
                notes: ["\(linkage), or it is in a namespace or behind an #if", toWrite])
        }
        guard let near = near(function) else {
            return Diagnostic(summary: summary, notes: [toWrite])
        }
        return Diagnostic(
            summary: summary, place: near.place, notes: [toWrite],
            remedy: "did you mean '\(function.name)' by '\(near.found.name)'?")
    }

    /// A function that may be meant and is no operation itself.
    private func near(_ function: WorkerFunction) -> Definition? {
        let taken = Set(functions.map(\.name))
        let others = defined.filter { !taken.contains($0.found.name) }
        let plain = function.operation.lowercased()
        let name =
            others.map(\.found.name).first {
                $0.lowercased().filter { $0 != "_" } == plain.filter { $0 != "_" }
            } ?? nearest(to: function.name, among: others.map(\.found.name))
        return others.first { $0.found.name == name }
    }

    // MARK: Swift

    /// What swiftc printed, with each missing operation in words.
    func readable(swift output: String) -> String {
        var told: Set<String> = []
        return Remark.all(in: output).map { remark in
            conformance(remark) ?? absence(remark) ?? remark.text
        }.filter { told.insert($0).inserted }.map { $0 + "\n" }.joined()
    }

    /// `type 'SumsWorker' does not conform to protocol 'SumsOperations'`, with each requirement as it
    /// stands in a generated file.
    private func conformance(_ remark: Remark) -> String? {
        guard remark.severity == .error,
            remark.text.contains("does not conform to protocol '\(application)Operations'")
        else { return nil }
        let blocks = remark.text.split(separator: "\n\n", omittingEmptySubsequences: false)
        let own = blocks.enumerated().filter { index, block in
            index == 0 || !block.contains("protocol requires ")
        }.map { String($0.element) }
        let named = remark.text.matches(of: /protocol requires function '([^'(]+)/).map(\.output.1)
        let notes = functions.filter { named.contains($0.name[...]) }.map { function in
            let near = near(function).map {
                "; did you mean it by '\($0.found.name)' in \($0.file):\($0.found.line)?"
            }
            return "  note: to be written: \(function.prototype)" + (near ?? "")
        }
        guard !notes.isEmpty else { return nil }
        let lines = own.joined(separator: "\n").split(separator: "\n").filter {
            !$0.contains("note: add stubs for conformance")
        }
        return (lines + notes.map { $0[...] }).joined(separator: "\n")
    }

    /// The type itself is missing, or does not say that it implements the protocol.
    private func absence(_ remark: Remark) -> String? {
        let type = "\(application)Worker"
        let remedy = "struct \(type): \(application)Operations { … }"
        if remark.text.contains("cannot find '\(type)' in scope") {
            return Diagnostic(summary: "the worker has no type '\(type)'", remedy: remedy).rendered
        }
        if remark.text.contains("value of type '\(type)' has no member 'execute") {
            return Diagnostic(
                summary: "type '\(type)' does not say that it has the operations", remedy: remedy
            ).rendered
        }
        return nil
    }
}
