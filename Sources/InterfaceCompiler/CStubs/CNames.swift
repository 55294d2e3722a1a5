/// How names of an interface are written in C: as the user wrote them, with an underscore behind
/// words that C or C++ has, and behind such a word that ends in underscores already: two names of the
/// interface stay two.
enum CNames {
    private static let keywords: Set<String> = [
        "auto", "break", "char", "continue", "do", "else", "extern", "for", "goto", "if", "inline",
        "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "volatile",
        "while", "_Alignas", "_Alignof", "_Atomic", "_Bool", "_Complex", "_Generic", "_Imaginary",
        "_Noreturn", "_Static_assert", "_Thread_local", "typeof", "typeof_unqual", "asm",
        // C++ reads the same header.
        "alignas", "alignof", "and", "and_eq", "bitand", "bitor", "catch", "char16_t", "char32_t",
        "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const_cast",
        "consteval", "constexpr", "constinit", "decltype", "delete", "dynamic_cast", "explicit",
        "export", "false", "friend", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
        "nullptr", "operator", "or", "or_eq", "private", "protected", "public",
        "reinterpret_cast", "requires", "static_assert", "static_cast", "template", "this",
        "thread_local", "throw", "true", "try", "typeid", "typename", "using", "virtual",
        "wchar_t", "xor", "xor_eq",
        // Macros of the headers that generated code includes, and of gcc outside of strict C.
        "NULL", "offsetof", "setjmp", "sigsetjmp", "errno", "assert", "linux", "unix", "i386",
        "PTRDIFF_MAX", "PTRDIFF_MIN", "SIG_ATOMIC_MAX", "SIG_ATOMIC_MIN", "SIZE_MAX", "WCHAR_MAX",
        "WCHAR_MIN", "WINT_MAX", "WINT_MIN",
    ]

    /// What the whole of a file knows: types and functions of the standard headers, and variables of
    /// generated functions, which would hide a type or a constant.
    private static let takenGlobally: Set<String> = [
        "size_t", "ssize_t", "ptrdiff_t", "max_align_t", "jmp_buf", "sigjmp_buf", "intptr_t",
        "uintptr_t", "intmax_t", "uintmax_t", "locale_t", "main", "longjmp", "siglongjmp",
        "_longjmp",
        "_setjmp",
        "memccpy", "memchr", "memcmp", "memcpy", "memmem", "memmove", "mempcpy", "memset",
        "memrchr",
        "rawmemchr", "stpcpy", "stpncpy", "strcasecmp", "strcat", "strchr", "strchrnul", "strcmp",
        "strcoll", "strcpy", "strcspn", "strdup", "strerror", "strlcat", "strlcpy", "strlen",
        "strncasecmp", "strncat", "strncmp", "strncpy", "strndup", "strnlen", "strpbrk", "strrchr",
        "strsep", "strsignal", "strspn", "strstr", "strtok", "strtok_r", "strverscmp", "strxfrm",
        "basename", "bcmp", "bcopy", "bzero", "explicit_bzero", "ffs", "ffsl", "ffsll", "index",
        "rindex",
        "arguments", "call", "count", "decoded", "done", "i", "in", "items", "max", "more",
        "number", "out",
        "present", "procedures", "result", "room", "shared", "shared_data", "size", "value",
    ]

    /// A field or a parameter.
    static func value(_ name: String) -> String { isTaken(name) ? name + "_" : name }

    /// A type.
    static func type(_ name: String) -> String { global(name) }

    /// A constant or the member of an enumeration.
    static func constant(_ name: String) -> String { global(name) }

    /// A union's discriminant, beside which `u` has the arms.
    static func discriminant(_ name: String) -> String {
        name == "u" ? "u_" : value(name)
    }

    private static func global(_ name: String) -> String {
        let word = name.withoutUnderscores
        return isTaken(name) || takenGlobally.contains(word) || isStandardInteger(word)
            ? name + "_" : name
    }

    /// Names that begin with two underscores are the compiler's own.
    private static func isTaken(_ name: String) -> Bool {
        let word = name.withoutUnderscores
        return word.isEmpty || name.hasPrefix("__") || keywords.contains(word)
            || CMacros.names.contains(word) || isStandardLimit(word)
    }

    /// `int_fast32_t` and its like.
    private static func isStandardInteger(_ word: String) -> Bool {
        guard word.hasSuffix("_t") else { return false }
        let stem = word.dropLast(2).drop { $0 == "u" }
        return ["int", "int_least", "int_fast"].contains { start in
            ["8", "16", "32", "64"].contains { stem == start + $0 }
        }
    }

    /// `UINT32_MAX` and its like, which are macros.
    private static func isStandardLimit(_ word: String) -> Bool {
        guard let cut = word.lastIndex(of: "_"),
            ["_C", "_MIN", "_MAX"].contains(word[cut...])
        else { return false }
        let stem = word[..<cut].hasPrefix("U") ? word[..<cut].dropFirst() : word[..<cut]
        guard stem.hasPrefix("INT") else { return false }
        let rest = stem.dropFirst(3)
        return ["MAX", "PTR"].contains(rest)
            || ["", "_LEAST", "_FAST"].contains { start in
                ["8", "16", "32", "64"].contains { rest == start + $0 }
            }
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
        if safe.count == 1, margin + safe[0].count + 6 <= Self.width {
            line("/* \(safe[0]) */")
            return
        }
        line("/*")
        for row in safe.flatMap({ wrapped($0, to: Self.width - margin - 3) }) {
            line(row.isEmpty ? " *" : " * \(row)")
        }
        line(" */")
    }

    /// Broken between words.
    private func wrapped(_ text: String, to width: Int) -> [String] {
        var rows: [String] = []
        var row = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !row.isEmpty, row.count + 1 + word.count > width {
                rows.append(row)
                row = String(word)
            } else {
                row += row.isEmpty ? word : " \(word)"
            }
        }
        return rows + [row]
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
