/// How names of an interface are written in C: as the user wrote them, with an underscore behind
/// words of C.
enum CNames {
    private static let keywords: Set<String> = [
        "auto", "break", "char", "continue", "do", "else", "extern", "for", "goto", "if", "inline",
        "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "volatile",
        "while", "_Bool", "_Complex", "_Imaginary", "true", "false", "asm", "typeof", "NULL",
        // C++ reads the same header.
        "and", "catch", "class", "constexpr", "delete", "explicit", "export", "friend", "mutable",
        "namespace", "new", "not", "nullptr", "operator", "or", "private", "protected", "public",
        "template", "this", "throw", "try", "typeid", "typename", "using", "virtual", "wchar_t",
        "xor",
        // Macros of gcc outside of strict C.
        "linux", "unix", "i386",
    ]

    private static let takenTypes: Set<String> = [
        "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t",
        "size_t", "ptrdiff_t", "jmp_buf", "intptr_t", "uintptr_t", "intmax_t", "uintmax_t", "main",
    ]

    static func value(_ name: String) -> String { keywords.contains(name) ? name + "_" : name }

    static func type(_ name: String) -> String {
        takenTypes.contains(name) ? name + "_" : value(name)
    }

    /// A number that a C compiler reads with its sign and width.
    static func number(_ value: Int128) -> String {
        if value > Int128(Int64.max) { return "UINT64_C(\(value))" }
        if value == Int128(Int64.min) { return "INT64_MIN" }
        if value > Int128(UInt32.max) || value < Int128(Int32.min) { return "INT64_C(\(value))" }
        if value > Int128(Int32.max) { return "UINT32_C(\(value))" }
        return value == Int128(Int32.min) ? "INT32_MIN" : "\(value)"
    }
}

extension CodeWriter {
    /// A comment of one or more lines; the text can't end it.
    mutating func comment(_ text: String?) {
        guard let text else { return }
        let safe = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.split(separator: "*/", omittingEmptySubsequences: false).joined(separator: "* /")
                .split(separator: "/*", omittingEmptySubsequences: false).joined(separator: "/ *")
        }
        if safe.count == 1 {
            line("/* \(safe[0]) */")
            return
        }
        line("/*")
        for row in safe { line(row.isEmpty ? " *" : " * \(row)") }
        line(" */")
    }

    /// A function's body stands behind a brace on a line of its own.
    mutating func function(
        _ head: String, _ parameters: [String], _ body: (inout CodeWriter) -> Void
    ) {
        list(head + "(", parameters, ")")
        block("", opening: "{", body)
    }

    /// `if (!condition) consequence` on two lines; a wide condition is broken between arguments.
    mutating func unless(_ call: CCall, _ consequence: String) {
        list("if (!\(call.function)(", call.arguments, "))")
        indented { $0.line(consequence) }
    }
}

/// A call that returns whether it succeeded.
struct CCall: Hashable, Sendable {
    var function: String
    var arguments: [String]

    var text: String { "\(function)(\(arguments.joined(separator: ", ")))" }
}
