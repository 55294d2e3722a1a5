import Foundation
import InterfaceCompiler
import TestKit
import Testing

/// Every word of C11, C23, C++20 and Swift that is no word of the interface language itself, and
/// names that generated code or the headers below it use.
private let words: [String] =
    """
    auto break char continue do else extern for goto if inline int8_t long register restrict return
    short signed sizeof static volatile while _Alignas _Alignof _Atomic _Bool _Complex _Generic
    _Imaginary _Noreturn _Static_assert _Thread_local typeof typeof_unqual asm __asm__ __func__
    __attribute__ __FILE__
    alignas alignof and and_eq bitand bitor catch char16_t char32_t char8_t class co_await co_return
    co_yield compl concept const_cast consteval constexpr constinit decltype delete dynamic_cast
    explicit export false friend mutable namespace new noexcept not not_eq nullptr operator or or_eq
    private protected public reinterpret_cast requires static_assert static_cast template this
    thread_local throw true try typeid typename using virtual wchar_t xor xor_eq override final
    import module
    Any actor any as associatedtype associativity async await borrowing consume consuming convenience
    copy defer deinit didSet discard distributed dynamic each extension fallthrough fileprivate func
    get guard in indirect infix init inout internal is isolated lazy left let macro mutating nil none
    nonisolated nonmutating open optional package postfix precedence precedencegroup prefix protocol
    Protocol repeat required rethrows right self Self sending set some subscript super throws Type
    typealias unowned unsafe var weak where willSet yield then _ __ class_ class__ self_ in_ __asm
    Int Int32 UInt32 Int64 UInt64 UInt8 Float Double Bool String Array Void Swift Marionette
    XDRCoding XDRDecoder XDREncoder XDRCodable XDRError Hashable Sendable CaseIterable Recursive
    Quadruple Optional Error Sequence Master SharedVariable OperationResults hashValue rawValue
    allCases hash encode decode description otherwise caseTrue
    int32_t uint32_t uint64_t size_t ssize_t ptrdiff_t jmp_buf uint_fast8_t main NULL errno assert
    offsetof setjmp longjmp memcpy memset strlen index basename INT32_MAX UINT64_C SIZE_MAX WINT_MIN
    linux unix i386 value number out i count items max present done call shared arguments decoded
    result u decoder encoder item argument discriminant newValue procedures shared_data
    """
    .split { $0 == " " || $0 == "\n" }.map(String.init)

/// A word may be used by several kinds of names, but not by two of one kind: an interface for each.
private let interfaces: [(name: String, text: String)] = [
    ("fields", "struct Fields {\n" + words.map { "    int \($0);\n" }.joined() + "};\n"),
    ("structs", words.map { "struct \($0) { int x; };\n" }.joined() + references),
    (
        "enumerations",
        words.enumerated().map { "enum \($1) { member\($0) = \($0) };\n" }.joined() + references
    ),
    ("typedefs", words.map { "typedef double \($0)<3>;\n" }.joined() + references),
    (
        "unions",
        words.map { "union \($0) switch (int x) { case 0: float y; default: void; };\n" }.joined()
            + references
    ),
    ("constants", words.enumerated().map { "const \($1) = \($0);\n" }.joined()),
    (
        "members",
        "enum Members {\n" + words.enumerated().map { "    \($1) = \($0)" }.joined(separator: ",\n")
            + "\n};\nunion Each switch (Members otherwise) {\n"
            + words.map { "case \($0): int for_\($0);\n" }.joined() + "};\n"
            + "union Some switch (Members self) {\ncase self: void;\ncase in: hyper x;\n"
            + "default: double y;\n};\n"
    ),
    (
        "arms",
        "union Arms switch (int u) {\n"
            + words.enumerated().map { "case \($0): int \($1);\n" }.joined() + "};\n"
            + words.enumerated().map {
                "union With\($0) switch (bool \($1)) { case TRUE: int x; case FALSE: void; };\n"
            }.joined()
    ),
    (
        "programs",
        "program P {\n    version V {\n"
            + words.enumerated().map { "        void \($1)(int \($1)) = \($0);\n" }.joined()
            + "    } = 1;\n} = 0x20000000;\n"
    ),
]

/// Names that a client can have: C has them in small letters, and every client has three already.
private let operationNames = words.filter { word in
    !["master", "interface", "init"].contains(word)
        && words.first { $0.lowercased() == word.lowercased() } == word
}

private let applications: [(name: String, text: String)] = [
    (
        "keyword_operations",
        "application KeywordOperations {\n"
            + operationNames.map { "    context void \($0)(int \($0));\n" }.joined()
            + operationNames.suffix(48).map {
                "    worker double work_\($0)(int \($0), float other);\n"
            }.joined() + "} = 0x20000001;\n"
    ),
    (
        "keyword_shared",
        "struct KeywordValue { int x; };\napplication KeywordShared {\n"
            + operationNames.prefix(64).map { "    shared KeywordValue \($0);\n" }.joined()
            + "    worker int work(int a) reads "
            + operationNames.prefix(64).joined(separator: ", ") + ";\n} = 0x20000001;\n"
    ),
]

@Test(arguments: applications.map(\.name))
func `the client of words that these tests are built with is up to date`(name: String) throws {
    let text = try #require(applications.first { $0.name == name }?.text)
    let model = try compileInterface(text: text, file: "\(name).x")
    try expectGolden(swiftClient(model).text, at: "../Generated/\(name).swift")
}

/// Uses of every type: by value, in arrays, optional.
private let references =
    words.enumerated().map {
        "struct Uses\($0) { \($1) \($1); \($1) many<>; \($1) few[2]; \($1) *one; };\n"
    }.joined()

private func files(of name: String, _ make: (InterfaceModel) -> [GeneratedFile]) throws
    -> [GeneratedFile]
{
    let text = try #require((interfaces + applications).first { $0.name == name }?.text)
    return make(try compileInterface(text: text, file: "\(name).x"))
}

@Test(arguments: (interfaces + applications).map(\.name))
func `words of C and C++ are names`(name: String) throws {
    let runtime = projectRoot.appendingPathComponent("Sources/CSlave/include").path
    try withTemporaryDirectory { directory in
        for file in try files(of: name, { cStubs($0, stem: name) }) {
            try Data(file.text.utf8).write(to: directory.appendingPathComponent(file.name))
        }
        let stem = directory.appendingPathComponent(name).path
        try Data("#include \"\(name).h\"\n".utf8).write(to: URL(fileURLWithPath: "\(stem).cpp"))
        let strict = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-I\(runtime)", "-fsyntax-only"]
        try run(["gcc", "-std=c99"] + strict + ["\(stem).c"])
        if ["constants", "typedefs"].contains(name) {
            // The headers know most names so.
            try run(["gcc", "-std=gnu11", "-D_GNU_SOURCE"] + strict + ["\(stem).c"])
        }
        try run(["g++", "-std=c++20"] + strict + ["\(stem).cpp"])
    }
}

@Test(arguments: interfaces.map(\.name))
func `words of Swift are names`(name: String) throws {
    let modules = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("Modules").path
    let maps = projectRoot.appendingPathComponent("Sources/CByteOrder").path
    try withTemporaryDirectory { directory in
        let options = SwiftOptions(module: "XDRCoding", withoutClient: true)
        for file in try files(of: name, { [swiftClient($0, options: options)] }) {
            let path = directory.appendingPathComponent("words.swift")
            try Data(file.text.utf8).write(to: path)
            try run([
                "swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors", "-I", modules,
                "-I", maps, path.path,
            ])
        }
    }
}
