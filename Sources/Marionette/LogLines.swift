/// Cuts a slave's log into lines that a terminal can be trusted with.
struct LogLines {
    private var line: [UInt8] = []
    private var isCut = false
    /// The last line, for the reason that a slave ended.
    private(set) var last: String?

    /// Appends bytes; returns the lines that are now whole.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(finish())
            } else if line.count < RunLimits.logLineMax {
                line.append(byte)
            } else {
                isCut = true
            }
        }
        return lines
    }

    /// What came after the last newline, where something did.
    mutating func end() -> String? { line.isEmpty ? nil : finish() }

    private mutating func finish() -> String {
        let text = Self.neutral(String(decoding: line, as: UTF8.self)) + (isCut ? "…" : "")
        line = []
        isCut = false
        last = text
        return text
    }

    /// Escape sequences of a hostile host must not reach the terminal. Tabs stay.
    static func neutral(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl =
                scalar.value < 0x20 && scalar != "\t" || (0x7f...0x9f).contains(scalar.value)
            // Marks that change the direction of text could make a line read as something else.
            let isBidi =
                (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            scalars.append(isControl || isBidi ? "?" : scalar)
        }
        return String(scalars)
    }
}
