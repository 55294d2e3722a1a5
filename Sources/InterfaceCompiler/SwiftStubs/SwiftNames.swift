/// How names of an interface are written in Swift: as the user wrote them, where that is possible.
///
/// What can't be written in backticks gets an underscore, and so does a name that is such a word with
/// underscores behind it: two names of the interface stay two.
enum SwiftNames {
    /// Words that need backticks to be a name.
    private static let keywords: Set<String> = [
        "Any", "actor", "any", "as", "associatedtype", "async", "await", "borrowing", "break",
        "case", "catch", "class", "consuming", "continue", "default", "defer", "deinit", "do",
        "each", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func",
        "guard", "if", "import", "in", "inout", "internal", "is", "isolated", "let", "macro",
        "nil", "nonisolated", "open", "operator", "package", "precedencegroup", "private",
        "protocol", "public", "repeat", "rethrows", "return", "sending", "some", "static",
        "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias",
        "var", "where", "while",
    ]

    /// Words that have a meaning even in backticks, that conformances of generated types take, or
    /// that generated code calls.
    private static let taken: Set<String> = [
        "Array", "Protocol", "Quadruple", "Self", "Type", "allCases", "flatSize", "hashValue",
        "init", "linkToNext", "rawValue", "self",
    ]

    /// Types that generated code itself names, and the client's modules.
    private static let takenTypes: Set<String> = [
        "ApplicationClient", "Bool", "CaseIterable", "Double", "Float", "Hashable", "Int", "Int32",
        "Int64", "InterfaceDescription", "Linked", "Marionette", "MarionetteWorker", "Master",
        "OpaquePointer", "OperationCall", "OperationFailure", "OperationResults",
        "ProcedureDescription", "Recursive", "Sendable", "Sequence", "SharedValue",
        "SharedVariable", "String", "Swift", "UInt32", "UInt64", "UInt8", "Void", "XDRCodable",
        "XDRCoding", "XDRDecoder", "XDREncoder", "XDRError", "XDRFlat", "XDRListNode", "XDRRoom",
    ]

    /// A field, a member, a parameter, a function.
    static func value(_ name: String) -> String {
        let member = member(name)
        return keywords.contains(member) ? "`\(member)`" : member
    }

    /// Behind a dot, where keywords are names.
    static func member(_ name: String) -> String {
        let isUnderscores = name.utf8.allSatisfy { $0 == UInt8(ascii: "_") }
        return isUnderscores || taken.contains(name.withoutUnderscores) ? name + "_" : name
    }

    /// Of the value itself, in a method that has names of its own.
    static func property(_ name: String, hidden: Set<String>) -> String {
        let member = member(name)
        return keywords.contains(member) || hidden.contains(member) ? "self.\(member)" : member
    }

    /// Of an argument: there only one keyword needs backticks, and swiftc warns of others.
    static func label(_ name: String) -> String {
        let name = member(name)
        return name == "inout" ? "`inout`" : name
    }

    /// A constant stands where types do.
    static func constant(_ name: String) -> String { type(name) }

    static func type(_ name: String) -> String {
        takenTypes.contains(name.withoutUnderscores) ? name + "_" : value(name)
    }

    /// A parameter in the body of a client's method, which has names of its own.
    static func parameter(_ name: String) -> String {
        let own: Set = ["argument", "arguments", "decoder", "encoder", "item", "master"]
        return own.contains(name.withoutUnderscores) ? name + "_" : value(name)
    }
}

extension String {
    /// Without those at its end.
    var withoutUnderscores: String {
        String(self[..<(lastIndex { $0 != "_" }.map { index(after: $0) } ?? startIndex)])
    }
}
