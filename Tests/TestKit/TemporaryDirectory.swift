import Foundation

/// A directory that is removed with all that is in it when the test lets go of it.
public final class TemporaryDirectory: Sendable {
    /// Absolute, without symbolic links: programs print it the way they see it.
    public let path: String

    public init(_ purpose: String = "test") throws {
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        path = "\(base)/marionette-\(purpose)-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, with the directories above it.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// Writes a program, with the directories above it.
    @discardableResult
    public func writeProgram(_ text: String, to name: String) throws -> String {
        try Self.writeProgram(text, at: "\(path)/\(name)")
    }

    /// A process of its own writes it: what this one has open for writing, a child that another test
    /// starts just then has open too for a moment, and nobody can execute it meanwhile.
    @discardableResult
    public static func writeProgram(_ text: String, at path: String) throws -> String {
        let script = "mkdir -p \"$(dirname \"$1\")\" && cat >\"$1\" && chmod +x \"$1\""
        let writing = try TestProcess(["sh", "-c", script, "sh", path])
        writing.send(text)
        writing.closeInput()
        guard try writing.waitForEnd() == .exited(0) else {
            throw TestProcess.Failure(description: writing.told)
        }
        return path
    }
}

/// Writes a script that can be executed at once. A child copies it: what this process has open for writing
/// is for a moment also open in a child that another test starts just then, and nobody may execute such a
/// file ("Text file busy").
public func writeProgram(_ text: String, to path: String) throws {
    let source = "\(path).text"
    try text.write(toFile: source, atomically: false, encoding: .utf8)
    defer { unlink(source) }
    let copied = try TestProcess.run(["install", "-m", "755", "--", source, path])
    guard copied.status == 0 else { throw TestProcess.Failure(description: copied.told) }
}
