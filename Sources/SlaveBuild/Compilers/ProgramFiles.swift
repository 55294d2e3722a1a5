import Foundation

/// Files that are there to be executed, written so that they can be, at once.
///
/// A process of its own makes them. What this process has open for writing is for a moment also open in
/// a step that another thread starts just then, and nobody may execute a file that anybody has open for
/// writing ("Text file busy").
package enum ProgramFiles {
    /// - Parameter texts: by path, the directories of which exist.
    package static func write(_ texts: [String: String]) throws {
        guard !texts.isEmpty else { return }
        let suffix = ".\(UUID().uuidString)"
        defer { for path in texts.keys { unlink(path + suffix) } }
        for (path, text) in texts {
            try text.write(toFile: path + suffix, atomically: false, encoding: .utf8)
        }
        // Executable before it has its name: another build may start it at once.
        let script = """
            for program; do
                new=$program$0.new
                cp -- "$program$0" "$new" && chmod 755 -- "$new" && mv -f -- "$new" "$program" && continue
                rm -f -- "$new"
                exit 1
            done
            """
        let copying = Process()
        let errors = Pipe()
        copying.executableURL = URL(fileURLWithPath: "/bin/sh")
        copying.arguments = ["-c", script, suffix] + texts.keys.sorted()
        copying.standardInput = FileHandle.nullDevice
        copying.standardError = errors
        try copying.run()
        let told = try errors.fileHandleForReading.readToEnd() ?? Data()
        copying.waitUntilExit()
        guard copying.terminationStatus == 0 else {
            throw Failure(
                errorDescription: String(decoding: told, as: UTF8.self)
                    .trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    struct Failure: LocalizedError { let errorDescription: String? }
}
