import Foundation

/// Why a text is not what its golden file says; the command that accepts the new text stands in it.
public struct GoldenMismatch: Error, CustomStringConvertible {
    public let description: String
}

/// Compares `text` with a file that is committed.
///
/// With MARIONETTE_UPDATE_GOLDENS=1 in the environment the file is written instead (`make
/// goldens`), for the author to look at in the diff. A missing file fails.
///
/// - Parameters:
///   - path: relative to the `Goldens` directory beside the test
///   - test: the test's source file
public func expectGolden(_ text: String, at path: String, test: String = #filePath) throws {
    let directory = URL(fileURLWithPath: test).deletingLastPathComponent()
    let file = directory.appendingPathComponent("Goldens").appendingPathComponent(path)
    try expectFile(text, file, remedy: "make goldens")
}

/// Compares `text` with a generated file of the project.
///
/// - Parameters:
///   - path: relative to the project's root
///   - remedy: the command that generates it again
public func expectGenerated(
    _ text: String, at path: String, remedy: String, test: String = #filePath
) throws {
    let root = URL(fileURLWithPath: test).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    try expectFile(text, root.appendingPathComponent(path), remedy: remedy)
}

private func expectFile(_ text: String, _ file: URL, remedy: String) throws {
    if ProcessInfo.processInfo.environment["MARIONETTE_UPDATE_GOLDENS"] == "1" {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file, options: .atomic)
        return
    }
    guard let data = try? Data(contentsOf: file) else {
        throw GoldenMismatch(description: "'\(file.path)' is missing; to write it: \(remedy)")
    }
    let expected = String(decoding: data, as: UTF8.self)
    guard expected != text else { return }
    throw GoldenMismatch(
        description:
            "'\(file.path)' differs:\n\(firstDifference(expected, text))\nto accept: \(remedy)")
}

/// The first line that differs, with the three before it.
private func firstDifference(_ expected: String, _ actual: String) -> String {
    let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let new = actual.split(separator: "\n", omittingEmptySubsequences: false)
    let common = zip(old, new).prefix { $0 == $1 }.count
    let before = old[max(0, common - 3)..<common].map { "  \($0)" }
    let expectedLine = common < old.count ? String(old[common]) : "(end)"
    let actualLine = common < new.count ? String(new[common]) : "(end)"
    return (["line \(common + 1)"] + before + ["- \(expectedLine)", "+ \(actualLine)"])
        .joined(separator: "\n")
}
