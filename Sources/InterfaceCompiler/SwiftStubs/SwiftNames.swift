/// How names of an interface are written in Swift: as the user wrote them, where that is possible.
enum SwiftNames {
    /// Words that need backticks to be a name.
    private static let keywords: Set<String> = [
        "associatedtype", "borrowing", "class", "consuming", "deinit", "enum", "extension",
        "fileprivate", "func", "import", "inout", "internal", "let", "open", "operator",
        "precedencegroup",
        "private", "protocol", "public", "rethrows", "static", "struct", "subscript", "typealias",
        "var", "break", "case", "catch", "continue", "default", "defer", "do", "else",
        "fallthrough",
        "for", "guard", "if", "in", "repeat", "return", "switch", "throw", "where", "while", "Any",
        "as", "await", "false", "is", "nil", "super", "throws", "true", "try", "actor", "async",
    ]

    /// Words that have a meaning even in backticks, or that conformances of generated types take.
    private static let taken: Set<String> = [
        "self", "Self", "init", "Type", "Protocol", "hashValue", "rawValue", "allCases", "_",
    ]

    /// Types that generated code itself names.
    private static let takenTypes: Set<String> = [
        "ApplicationClient", "Array", "Bool", "CaseIterable", "Double", "Float", "Hashable",
        "Int32",
        "Int64", "InterfaceDescription", "Marionette", "Master", "OperationResults",
        "ProcedureDescription", "Quadruple", "Recursive", "Sendable", "Sequence", "SharedVariable", "String",
        "Swift", "UInt32", "UInt64", "UInt8", "Void", "XDRCodable", "XDRCoding", "XDRDecoder",
        "XDREncoder", "XDRError",
    ]

    /// A field, a member, a parameter, a function.
    static func value(_ name: String) -> String {
        if taken.contains(name) { return name + "_" }
        return keywords.contains(name) ? "`\(name)`" : name
    }

    /// Behind a dot, where keywords are names.
    static func member(_ name: String) -> String { taken.contains(name) ? name + "_" : name }

    static func type(_ name: String) -> String {
        takenTypes.contains(name) ? name + "_" : value(name)
    }
}
