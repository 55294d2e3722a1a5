import Diagnostics
import Digests

/// Parses and checks the text of an interface file.
///
/// - Parameters:
///   - text: the file's content (at most `InterfaceLimits.fileBytes`)
///   - file: its path, as diagnostics shall name it; included files are looked for beside it
///   - files: where they are found; without it, an interface stands alone
/// - Throws: all that is wrong with it, in the order of the file
public func compileInterface(
    text: String, file: String, files: InterfaceFiles = .none
) throws(InterfaceErrors) -> InterfaceModel {
    let source = SourceText(file: file, text: text)
    var report = Report(source)
    guard source.bytes.count <= InterfaceLimits.fileBytes else {
        throw InterfaceErrors(diagnostics: [
            Diagnostic(
                summary: "'\(file)': \(source.bytes.count) bytes exceed the limit of "
                    + "\(InterfaceLimits.fileBytes) for an interface")
        ])
    }
    let syntax = Parser.parse(files, into: &report)
    var checker = Checker(syntax, report)
    let model = checker.check()
    guard checker.report.diagnostics.isEmpty else {
        throw InterfaceErrors(diagnostics: checker.report.inOrder)
    }
    return model
}

/// The files that an interface reads besides its own, for those who build when one changes.
public func filesIncluded(by text: String, file: String, files: InterfaceFiles) -> [String] {
    guard text.utf8.count <= InterfaceLimits.fileBytes else { return [] }
    var report = Report(SourceText(file: file, text: text))
    _ = Lexer.read(files, into: &report)
    return Array(report.source.files.dropFirst())
}
