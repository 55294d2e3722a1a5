/// What the log knows of a step that ended well.
struct LogEntry: Hashable, Sendable {
    var command: Fingerprint
    var environment: Fingerprint
    /// As text, so that a change can be told.
    var tool: String
    var inputs: [String: Fingerprint]
    /// What the command was found to have read, without `inputs`.
    var discovered: [String: Fingerprint]
    /// The step's outputs and what a function wrote beyond them.
    var outputs: [String: Fingerprint]
    /// What must not exist: names that the command looked for, or directories above them.
    var absent: Set<String> = []
}

/// One line of the log.
///
///     marionette-build-log 2                                     the first line, with the version
///     file <path>                                                the next file number, from 0
///     seen <file> <size> <modified> <changed> <inode> <content>  a file's stamp and content
///     step <file> <command> <environment> <tool> <i> <d> <o> <a> {<file> <content>}… {<file>}…
///     failed <file>                                              the step has no valid outputs
///
/// Fields stand between tabs; in a text `\t`, `\n` and `\\` quote. Contents are 32 hexadecimal
/// digits. A step is named by its first output; i, d, o and a tell how many inputs, discovered inputs,
/// outputs and files that must be absent follow. A later line replaces an earlier one. A line
/// without its newline was being written when the machine or the build was killed: it and all that
/// follows is dropped, and the steps it would have told of run again.
enum LogRecord: Equatable {
    case file(String)
    case seen(file: Int, KnownFile)
    case step(file: Int, LogEntry.Numbered)
    case failed(file: Int)

    static let header = "marionette-build-log 2"
}

extension LogEntry {
    /// An entry whose files are numbers of the log.
    struct Numbered: Equatable {
        var command: Fingerprint
        var environment: Fingerprint
        var tool: String
        var files: [(number: Int, content: Fingerprint)]
        var inputs: Int
        var discovered: Int
        /// Numbers of the files that must be absent.
        var absent: [Int]

        static func == (left: Numbered, right: Numbered) -> Bool {
            left.command == right.command && left.environment == right.environment
                && left.tool == right.tool && left.inputs == right.inputs
                && left.discovered == right.discovered && left.absent == right.absent
                && left.files.elementsEqual(right.files, by: ==)
        }
    }
}

extension LogRecord {
    /// The line, with its newline.
    var line: String {
        switch self {
        case .file(let path): "file\t\(Self.quote(path))\n"
        case .seen(let file, let known):
            "seen\t\(file)\t\(known.stamp.size)\t\(known.stamp.modified)\t\(known.stamp.changed)"
                + "\t\(known.stamp.inode)\t\(known.fingerprint.text)\n"
        case .step(let file, let entry):
            "step\t\(file)\t\(entry.command.text)\t\(entry.environment.text)"
                + "\t\(Self.quote(entry.tool))\t\(entry.inputs)\t\(entry.discovered)"
                + "\t\(entry.files.count - entry.inputs - entry.discovered)\t\(entry.absent.count)"
                + entry.files.map { "\t\($0.number)\t\($0.content.text)" }.joined()
                + entry.absent.map { "\t\($0)" }.joined() + "\n"
        case .failed(let file): "failed\t\(file)\n"
        }
    }

    /// nil: the line is damaged.
    init?(line: some Collection<UInt8>) {
        var fields = LogFields(line)
        switch fields.word() {
        case "file":
            guard let path = fields.text() else { return nil }
            self = .file(path)
        case "seen":
            guard let file = fields.number(), let size = fields.number(),
                let modified = fields.number(), let changed = fields.number(),
                let inode = fields.number(), let content = fields.fingerprint()
            else { return nil }
            let stamp = FileStamp(
                size: Int64(size), modified: Int64(modified), changed: Int64(changed),
                inode: UInt64(truncatingIfNeeded: inode))
            self = .seen(file: file, KnownFile(stamp: stamp, fingerprint: content))
        case "step":
            guard let file = fields.number(), let entry = Self.entry(&fields) else { return nil }
            self = .step(file: file, entry)
        case "failed":
            guard let file = fields.number() else { return nil }
            self = .failed(file: file)
        default: return nil
        }
        guard fields.isAtEnd else { return nil }
    }

    private static func entry(_ fields: inout LogFields) -> LogEntry.Numbered? {
        guard let command = fields.fingerprint(), let environment = fields.fingerprint(),
            let tool = fields.text(), let inputs = fields.number(),
            let discovered = fields.number(), let outputs = fields.number(),
            let absent = fields.number(),
            inputs >= 0, discovered >= 0, outputs >= 0, absent >= 0
        else { return nil }
        var files: [(number: Int, content: Fingerprint)] = []
        let (both, hasOverflown) = inputs.addingReportingOverflow(discovered)
        let (count, hasOverflownToo) = both.addingReportingOverflow(outputs)
        guard !hasOverflown, !hasOverflownToo else { return nil }
        while files.count < count {
            guard let number = fields.number(), let content = fields.fingerprint() else {
                return nil
            }
            files.append((number, content))
        }
        var missing: [Int] = []
        while missing.count < absent {
            guard let number = fields.number() else { return nil }
            missing.append(number)
        }
        return LogEntry.Numbered(
            command: command, environment: environment, tool: tool, files: files, inputs: inputs,
            discovered: discovered, absent: missing)
    }

    private static func quote(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x09 || $0 == 0x0a || $0 == 0x5c }) else {
            return text
        }
        return text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t")
            .replacing("\n", with: "\\n")
    }
}
