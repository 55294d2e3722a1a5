import Diagnostics

/// Cuts a slave's log into lines that a terminal can be trusted with.
package struct LogLines {
    private var line: [UInt8] = []
    private var isCut = false
    /// The last line, for the reason that a slave ended.
    package private(set) var last: String?

    package init() {}

    /// The lines of bytes that end with a whole one, or with what stands for one.
    package static func all(of bytes: [UInt8]) -> [String] {
        var lines = LogLines()
        let whole = bytes.withUnsafeBytes { lines.append($0) }
        return whole + (lines.end().map { [$0] } ?? [])
    }

    /// Appends bytes; returns the lines that are now whole.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(finish())
            } else if line.count < DrivingLimits.logLineMax {
                line.append(byte)
            } else {
                isCut = true
            }
        }
        return lines
    }

    /// What came after the last newline, where something did.
    package mutating func end() -> String? { line.isEmpty ? nil : finish() }

    private mutating func finish() -> String {
        let text = String(decoding: line, as: UTF8.self).neutral + (isCut ? "…" : "")
        line = []
        isCut = false
        last = text
        return text
    }
}
