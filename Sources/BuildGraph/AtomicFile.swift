import Diagnostics
import Foundation

/// Writes a file under another name beside it, then renames: a reader sees the old content or the
/// new one whole. A file that has that content already is left alone.
public func writeAtomically(_ bytes: some Sequence<UInt8>, to path: String) throws {
    let data = Data(bytes)
    if FileManager.default.contents(atPath: path) == data { return }
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url, options: .atomic)
}

/// An error of a step's function as text: whole where it knows how it is told.
package func told(_ error: any Error) -> String {
    if let error = error as? any DiagnosticError {
        return error.diagnostics.map { $0.rendered + "\n" }.joined()
    }
    if let diagnostic = error as? Diagnostic { return diagnostic.rendered + "\n" }
    return (error as NSError).localizedDescription + "\n"
}
