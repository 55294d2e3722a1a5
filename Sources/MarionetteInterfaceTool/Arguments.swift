import InterfaceCompiler

/// What the command line asks for.
struct Arguments {
    var language = StubLanguage.swift
    var directory = ""
    var file = ""
    var name: String?
    var module = "Marionette"
    var withoutClient = false

    init(_ words: some Sequence<String>) throws(UsageError) {
        var rest = Array(words)[...]
        var chosen: StubLanguage?
        while let word = rest.popFirst() {
            switch word {
            case "--language":
                let value = try Self.value(of: word, &rest)
                guard let language = StubLanguage(rawValue: value) else {
                    throw UsageError(text: "'\(value)' is no language of the generator")
                }
                chosen = language
            case "--out": directory = try Self.value(of: word, &rest)
            case "--name": name = try Self.value(of: word, &rest)
            case "--import": module = try Self.value(of: word, &rest)
            case "--no-client": withoutClient = true
            case _ where word.hasPrefix("-"): throw UsageError(text: "unknown option '\(word)'")
            case _ where file.isEmpty: file = word
            default: throw UsageError(text: "one interface at a time, not '\(file)' and '\(word)'")
            }
        }
        guard let chosen else { throw UsageError(text: "--language is missing") }
        guard !directory.isEmpty else { throw UsageError(text: "--out is missing") }
        guard !file.isEmpty else { throw UsageError(text: "no interface is named") }
        language = chosen
    }

    private static func value(
        of option: String, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let value = rest.popFirst() else {
            throw UsageError(text: "\(option) needs a value")
        }
        return value
    }
}

struct UsageError: Error {
    var text: String
}
