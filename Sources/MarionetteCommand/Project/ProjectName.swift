import Foundation
import InterfaceCompiler

/// The name of a new application, in the forms that its files need: those of a Swift module, a type,
/// C functions and files.
///
/// A name is refused at once where one of them would not compile, rather than by a compiler's errors
/// in files that nobody wrote.
struct ProjectName: Hashable, Sendable {
    /// `my_app`: files, the product, the Swift module, a variable.
    let name: String
    /// `MyApp`: the application and its Swift type.
    let type: String
    /// `my_app`: what C functions begin with.
    var prefix: String { cFunctionPrefix(of: type) }

    /// Longer ones leave no room in the names of files that builds make of them.
    static let lengthMax = 80

    /// - Throws: why no application can have the name of this directory
    init(directory: String) throws(NewProjectError) {
        let parts = Self.parts(of: directory)
        guard directory.first?.isLetter == true, let parts, !parts.isEmpty else {
            throw .noName(directory: directory, suggestion: Self.suggestion(for: directory))
        }
        self.init(parts: parts)
        if let reason {
            throw .nameTaken(
                name: name, reason: reason, suggestion: Self.suggestion(for: directory))
        }
    }

    private init(parts: [String]) {
        name = parts.joined(separator: "_")
        type = parts.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// `My-App 2` has `my`, `app` and `2`; nil where a character can't stand in a name.
    private static func parts(of directory: String) -> [String]? {
        let letters = directory.lowercased().map { "-_. ".contains($0) ? "_" : $0 }
        let areFit = letters.allSatisfy { letter in
            letter.isASCII && (letter.isLetter || letter.isNumber || letter == "_")
        }
        return areFit ? String(letters).split(separator: "_").map(String.init) : nil
    }

    /// Why what is made of the name would not compile; nil where it does.
    private var reason: String? {
        if name.utf8.count > Self.lengthMax {
            return "it has more than \(Self.lengthMax) characters"
        }
        if Self.swiftWords.contains(name) { return "'\(name)' is a word of Swift" }
        if Self.swiftTypes.contains(type) {
            return "its type '\(type)' would hide one that Swift programs use"
        }
        if Self.yamlWords.contains(name) {
            return "'\(name)' is no text in marionette.yaml unless it is quoted"
        }
        return Self.others[name]
    }

    /// A name that is free, as near to the directory's as can be.
    private static func suggestion(for directory: String) -> String {
        let plain = directory.replacing("ß", with: "ss")
            .folding(options: .diacriticInsensitive, locale: nil)
        let words = plain.split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.map(String.init)
        let stem = String(words.joined(separator: "-").prefix(lengthMax / 2))
        let candidates = [stem, "\(stem)-app", "app-\(stem)"].filter { candidate in
            guard candidate.first?.isLetter == true, let parts = parts(of: candidate) else {
                return false
            }
            return !stem.isEmpty && ProjectName(parts: parts).reason == nil
        }
        return candidates.first ?? "my-app"
    }

    // MARK: Names that are taken

    private static let swiftWords: Set<String> = [
        "actor", "any", "as", "associatedtype", "async", "await", "break", "case", "catch", "class",
        "continue", "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough",
        "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout",
        "internal", "is", "let", "macro", "nil", "operator", "precedencegroup", "private",
        "protocol", "public", "repeat", "rethrows", "return", "self", "some", "static", "struct",
        "subscript", "super", "switch", "throw", "throws", "true", "try", "type", "typealias",
        "var", "where", "while",
    ]

    /// Of the standard library, of Foundation, and of what generated code names.
    private static let swiftTypes: Set<String> = [
        "Any", "ApplicationClient", "Array", "Bool", "Calendar", "CaseIterable", "Character",
        "Clock", "Codable", "Collection", "Comparable", "Data", "Date", "Decimal", "Decodable",
        "Decoder", "Dictionary", "Double", "Duration", "Encodable", "Encoder", "Equatable", "Error",
        "Float", "Float16", "Float32", "Float64", "Hashable", "Hasher", "Identifiable", "Int",
        "Int128", "Int16", "Int32", "Int64", "Int8", "InterfaceDescription", "Iterator", "Linked",
        "Locale", "Master", "Mirror", "Never", "OpaquePointer", "OperationCall",
        "OperationFailure", "OperationResults", "Optional", "ProcedureDescription", "Process",
        "Quadruple", "Range", "Recursive", "Regex", "Result", "Sendable", "Sequence", "Set",
        "SharedValue", "SharedVariable", "Span", "String", "Substring", "Task", "Thread", "Timer",
        "Void",
    ]

    /// `true` and `false` are words of Swift, too.
    private static let yamlWords: Set<String> = ["no", "null", "off", "on", "yes"]

    private static let others = [
        "print": "the program that is made calls the function 'print'",
        "total": "the program that is made has another variable 'total'",
        "swift": "'Swift' is the module of Swift's own library",
        "marionette": "'marionette' is the package that it stands on",
        "main": "every program has a 'main' of its own",
        "index": "SwiftPM has a directory of that name where the program would be",
        "worker": "the worker of an application in Swift is a module of that name",
    ]
}
