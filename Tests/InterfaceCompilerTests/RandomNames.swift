/// Interfaces whose types, fields, arms, members, constants, parameters, operations and shared data
/// have names from one small set, so that each name stands beside each other one in every position.
struct RandomNames {
    private var random: SeededGenerator
    private let names: [String]
    /// Definitions and members share one space.
    private var free: [String] = []
    private var types: [String] = []
    /// Of the enumeration before.
    private var members: [String] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        var names: Set<String> = []
        while names.count < 40 {
            let word = Self.words.randomElement(using: &random) ?? ""
            names.insert(word)
            // Names that differ in case or by underscores alone, and those of generated helpers.
            guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
            let shapes = [
                word + "_", "_" + word, word.lowercased(), word.uppercased(), word + "_t",
                word.prefix(1).uppercased() + word.dropFirst(),
            ]
            names.insert(shapes.randomElement(using: &random) ?? "")
            let helper = Self.helpers.randomElement(using: &random) ?? ""
            names.insert(helper.replacing("NAME", with: word))
        }
        self.names = names.filter { !Self.reserved.contains($0) }.sorted()
    }

    /// The text of an interface; some are refused, for two names that C can't tell apart.
    mutating func interface() -> String {
        free = names.shuffled(using: &random)
        types = []
        members = []
        var text = ""
        for kind in ["enum", "enum", "struct", "struct", "union", "typedef", "struct", "union"] {
            let name = free.removeLast()
            text += definition(kind, name)
            types.append(name)
        }
        let list = free.removeLast()
        text += "struct \(list) { \(type()) \(name()); \(list) *\(free.removeLast()); };\n"
        types.append(list)
        for value in ["0", "77777", "0xfffffffff", "\"text\""] {
            text += "const \(free.removeLast()) = \(value);\n"
        }
        let application = free.removeLast()
        let shared = distinct(2)
        let structures = types.filter { text.contains("struct \($0) ") }
        text += "application \(application) {\n"
        for name in shared {
            text += "    shared \(structures.randomElement(using: &random) ?? "") \(name);\n"
        }
        let kinds = ["context void", "worker", "worker", "worker pure", "worker once", "worker"]
        let operations = distinct(kinds.count, but: shared)
        for (kind, operation) in zip(kinds, operations) {
            let parameters = distinct(Int.random(in: 0..<4, using: &random)).map { parameter($0) }
            let isUpdate = kind.hasSuffix("void")
            let result = isUpdate ? "" : result()
            let reads = isUpdate || Bool.random(using: &random) ? "" : " reads \(shared[0])"
            text += "    \(kind)\(result) \(operation)(\(parameters.joined(separator: ", ")))"
            text += "\(reads);\n"
        }
        return text + "} = 0x20000334;\n"
    }

    private mutating func definition(_ kind: String, _ name: String) -> String {
        switch kind {
        case "enum":
            // The second enumeration has some of the members of the first.
            let earlier = members
            members = (0..<3).map { number in
                !earlier.isEmpty && Bool.random(using: &random)
                    ? earlier[number] : free.removeLast()
            }
            let list = members.enumerated().map { "\($1) = \($0 + 1)" }
            return "enum \(name) { \(list.joined(separator: ", ")) };\n"
        case "struct":
            let fields = distinct(5).map { parameter($0) }.map { "    \($0);\n" }
            return "struct \(name) {\n\(fields.joined())};\n"
        case "union":
            let fields = distinct(3).map { parameter($0) }
            let kind = ["int", "unsigned", "bool"].randomElement(using: &random) ?? ""
            let last = kind == "bool" ? "" : "default: void;"
            return """
                union \(name) switch (\(kind) \(self.name())) {
                case 0: \(fields[0]);
                case 1: \(fields[1]);
                \(last)
                };

                """
        default:
            let item = types.randomElement(using: &random) ?? "int"
            return ["\(item) \(name)<>", "\(item) \(name)[2]", "\(item) \(name)", "hyper \(name)"]
                .randomElement(using: &random).map { "typedef \($0);\n" } ?? ""
        }
    }

    private mutating func parameter(_ name: String) -> String {
        [
            "\(type()) \(name)", "\(type()) \(name)", "\(type()) \(name)<>", "\(type()) \(name)[3]",
            "\(type()) *\(name)", "string \(name)<9>", "opaque \(name)<>", "opaque \(name)[5]",
        ].randomElement(using: &random) ?? ""
    }

    private mutating func result() -> String {
        let type = type()
        return [" void", " \(type)", " \(type)", " \(type)<>", " \(type) *"]
            .randomElement(using: &random) ?? ""
    }

    private mutating func type() -> String {
        let plain = ["int", "unsigned", "hyper", "float", "double", "bool", "quadruple"]
        let isPlain = types.isEmpty || Int.random(in: 0..<4, using: &random) == 0
        return (isPlain ? plain : types).randomElement(using: &random) ?? ""
    }

    private mutating func name() -> String { names.randomElement(using: &random) ?? "" }

    private mutating func distinct(_ count: Int, but others: [String] = []) -> [String] {
        Array(names.filter { !others.contains($0) }.shuffled(using: &random).prefix(count))
    }

    /// Words of the interface language.
    private static let reserved: Set<String> = [
        "bool", "case", "const", "default", "double", "enum", "float", "hyper", "int", "opaque",
        "quadruple", "string", "struct", "switch", "typedef", "union", "unsigned", "void",
        "char", "short", "long",
    ]

    private static let helpers = [
        "NAME_decode", "NAME_encode", "NAME_application", "put_NAME", "decode_NAME",
        "execute_NAME", "read_items_NAME", "read_array_NAME", "read_optional_NAME",
        "write_items_NAME", "decode_node_NAME", "decode_body_NAME", "NAMEWorker",
        "NAMEOperations", "NAMEVariable", "NAMEValue", "executeNAME", "decodeNAME", "NAME2",
    ]

    private static let words = """
        pair point Part value values text bytes list node next item items index count size number
        left right name kind type u a b x i it_ call result in out arguments argument decoded done
        room more max present shared procedures shared_data application context encoder decoder
        discriminant newValue otherwise caseTrue case1 reader body self this init Self Type
        Protocol Int Int32 UInt8 UInt32 Int64 Float Double Bool String Array Void Optional Result
        Error Sendable Hashable Equatable Master SharedVariable XDRDecoder XDRError Task Set Never
        Swift Marionette MarionetteWorker XDRCoding CaseIterable Linked Recursive Quadruple
        OperationCall OperationFailure SharedValue OpaquePointer linkToNext flatSize rawValue
        hashValue allCases hash encode decode put description class func let var nil true false
        import protocol extension where is as inout throws async await actor any some try catch
        new delete template typename namespace operator private public friend virtual and or not
        xor auto register static extern inline restrict volatile goto signed sizeof return
        int32_t uint8_t int64_t size_t ptrdiff_t wchar_t jmp_buf intptr_t NULL EOF errno stdin
        stdout stderr BUFSIZ INT_MAX INT32_MAX SIZE_MAX RAND_MAX EXIT_FAILURE NAN HUGE_VAL
        assert offsetof memset memcpy strlen setjmp linux unix i386 near far asm main memcmp
        UINT64_C CHAR_BIT SEEK_SET CLOCKS_PER_SEC INFINITY constexpr nullptr concept char8_t
        """.split { $0 == " " || $0 == "\n" }.map(String.init)
}
