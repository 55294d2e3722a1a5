/// How the log of builds is written.
///
/// A file of 32-bit words of this machine: six with `LogFormat.signature`, then blocks. What one
/// write appends is a block: the number of words that follow the check, a check over them, and
/// items, one behind the other. The first word of an item has its kind in the low eight bits:
///
///     text      bytes << 8 | 1, then the bytes: a path or a tool; the next text number, from 0
///     version   2, text, content (4)            a content of a file; the next version number, from 0
///     seen      3, version, stamp (8)           the file had this stamp and this content
///     step      4, text, command (4), environment (4), tool, i, d, o, a, versions…, texts…
///     failed    5, text                         the step has no valid outputs
///
/// A step is named by its first output; i, d and o tell how many inputs, discovered inputs and outputs
/// follow, as versions, and a how many files that must be absent, as texts. A later item replaces an
/// earlier one. A block that is cut off or whose check is wrong was being written when the build or the
/// machine was killed: it and all that follows is dropped, and the steps it would have told of run
/// again.
enum LogFormat {
    static let signature = words(of: "marionette build log 3\n")

    enum Kind: UInt32 { case text = 1, version, seen, step, failed }

    /// Words of a step's item before its versions.
    static let stepHead = 15
    static let seenSize = 10
    static let versionSize = 6

    static func check(_ words: some Sequence<UInt32>) -> UInt32 {
        let hash = words.withContiguousStorageIfAvailable {
            QuickHash.of(UnsafeRawBufferPointer($0))
        }
        guard let hash else { return check(Array(words)) }
        return UInt32(truncatingIfNeeded: hash)
    }

    /// UTF-8, filled up with zeros.
    static func words(of text: String) -> [UInt32] {
        text.withBytes { bytes in
            var words = [UInt32](repeating: 0, count: (bytes.count + 3) / 4)
            words.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
            return words
        }
    }
}

/// What one write appends to the log.
struct LogBlock {
    /// Size and check, then the items.
    private var words: [UInt32] = [0, 0]
    private(set) var itemCount = 0

    var isEmpty: Bool { itemCount == 0 }
    var size: Int { words.count }

    mutating func addText(_ text: String) {
        begin(.text, UInt32(text.utf8.count) << 8)
        words += LogFormat.words(of: text)
    }

    mutating func addVersion(of text: UInt32, _ content: Fingerprint) {
        begin(.version)
        words.append(text)
        add(content)
    }

    mutating func addSeen(version: UInt32, _ stamp: FileStamp) {
        begin(.seen)
        words.append(version)
        add(UInt64(bitPattern: stamp.size))
        add(UInt64(bitPattern: stamp.modified))
        add(UInt64(bitPattern: stamp.changed))
        add(stamp.inode)
    }

    /// - Parameters:
    ///   - versions: of inputs, discovered inputs and outputs.
    ///   - absent: texts.
    mutating func addStep(
        _ text: UInt32, command: Fingerprint, environment: Fingerprint, tool: UInt32,
        versions: (inputs: [UInt32], discovered: [UInt32], outputs: [UInt32]), absent: [UInt32]
    ) {
        begin(.step)
        words.append(text)
        add(command)
        add(environment)
        words.append(tool)
        let lists = [versions.inputs, versions.discovered, versions.outputs, absent]
        for list in lists { words.append(UInt32(list.count)) }
        for list in lists { words += list }
    }

    mutating func addFailed(_ text: UInt32) {
        begin(.failed)
        words.append(text)
    }

    /// The block as it stands in the file.
    consuming func finished() -> [UInt32] {
        words[0] = UInt32(words.count - 2)
        words[1] = LogFormat.check(words[2...])
        return words
    }

    private mutating func begin(_ kind: LogFormat.Kind, _ more: UInt32 = 0) {
        itemCount += 1
        words.append(kind.rawValue | more)
    }

    private mutating func add(_ value: UInt64) {
        words.append(UInt32(truncatingIfNeeded: value))
        words.append(UInt32(truncatingIfNeeded: value >> 32))
    }

    private mutating func add(_ content: Fingerprint) {
        add(content.high)
        add(content.low)
    }
}

/// The log's words, as they were read: a step's item is never copied out.
struct LogWords: Sendable {
    private var words: [UInt32] = []

    init(_ words: [UInt32] = []) { self.words = words }

    var count: Int { words.count }

    subscript(index: Int) -> UInt32 { words[index] }
    subscript(range: Range<Int>) -> ArraySlice<UInt32> { words[range] }

    func long(_ index: Int) -> UInt64 { UInt64(words[index]) | UInt64(words[index + 1]) << 32 }

    func content(_ index: Int) -> Fingerprint {
        Fingerprint(high: long(index), low: long(index + 2))
    }

    func stamp(_ index: Int) -> FileStamp {
        FileStamp(
            size: Int64(bitPattern: long(index)), modified: Int64(bitPattern: long(index + 2)),
            changed: Int64(bitPattern: long(index + 4)), inode: long(index + 6))
    }

    func withBytes<Value>(
        at index: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value {
        words.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[index * 4..<index * 4 + count]))
        }
    }

    /// The block that begins at `index`: where its items lie. nil: it is not whole.
    func block(at index: Int) -> Range<Int>? {
        guard index + 2 <= words.count else { return nil }
        let end = index + 2 + Int(words[index])
        guard words[index] > 0, end <= words.count,
            LogFormat.check(words[index + 2..<end]) == words[index + 1]
        else { return nil }
        return index + 2..<end
    }
}
