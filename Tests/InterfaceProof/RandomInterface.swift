/// A random interface in the language that rpcgen reads: every way to declare something, types that
/// are used before they are defined, what C headers and the preprocessor bring. Its names are whole:
/// rpcgen doesn't look whether they are.
public struct RandomInterface: Sendable {
    public private(set) var text = ""
    /// Some type has no value that ends, which rpcgen doesn't look for either.
    public private(set) var hasEndlessType = false

    private enum Kind { case enumeration, typedef, structure, union }

    private struct Member {
        /// A type of the file, where a value of it lies inside.
        var inside: Int?
    }

    private var random: Seed
    private var kinds: [Kind] = []
    private var constants: [String] = []
    private var members: [Int: [String]] = [:]
    /// Of each type, what has to end for a value to end: for a union, one of these.
    private var parts: [[Member]] = []
    private var passed: [String] = []
    private var number = 0

    public init(seed: UInt64) {
        random = Seed(seed, "interface")
        kinds = (0..<random.below(9) + 2).map { _ in
            [.enumeration, .typedef, .structure, .structure, .union, .union][random.below(6)]
        }
        parts = kinds.map { _ in [] }
        for index in kinds.indices {
            writeLines()
            write(index)
        }
        if random.chance(3) { writeProgram() }
        hasEndlessType = !endless().isEmpty
    }

    // MARK: What stands between the definitions

    private mutating func writeLines() {
        switch random.below(12) {
        case 0: constant("const \(next("C")) = \(anyNumber());\n")
        case 1: constant("#define \(next("D")) \(anyNumber())\n")
        case 2: constant("%#define \(next("P")) \(random.below(9) + 1)\n")
        case 3: text += "const \(next("T")) = \"text of \(number)\";\n"
        case 4:
            passed.append(next("passed"))
            let type = ["unsigned long long", "long", "u_int", "float"][random.below(4)]
            text += "%#define \(passed.last ?? "") \(type)\n"
        case 5:
            passed.append(next("macro"))
            let type = ["unsigned hyper", "unsigned", "hyper int", "u_char"][random.below(4)]
            text += "#define \(passed.last ?? "") \(type)\n"
        case 6: text += "%/* for C alone: } ; */\n% static int nothing;\n"
        case 7: text += "/* of several\n * lines */\n"
        case 8: text += "#ifdef RPC_HDR\n%#include <stdint.h>\n#endif\n"
        default: break
        }
    }

    private mutating func constant(_ line: String) {
        text += line
        constants.append("\(line.split { " \n".contains($0) }[1])")
    }

    private mutating func anyNumber() -> String {
        ["\(random.below(9) + 1)", "0x\(random.below(7) + 1)", "0\(random.below(7) + 1)"][
            random.below(3)]
    }

    /// From 1; small, so that values stay so.
    private mutating func size() -> String {
        !constants.isEmpty && random.chance(3)
            ? constants[random.below(constants.count)] : "\(random.below(3) + 1)"
    }

    private mutating func next(_ prefix: String) -> String {
        number += 1
        return "\(prefix)\(number)"
    }

    // MARK: Definitions

    private mutating func write(_ index: Int) {
        switch kinds[index] {
        case .enumeration:
            let names = (0..<random.below(4) + 1).map { _ in next("M") }
            members[index] = names
            let lines = names.enumerated().map { place, name in
                switch random.below(3) {
                case 0: "\(name)"
                case 1: "\(name) = \(place * 100 + random.below(100) + 200)"
                default: "\(name) = -\(place * 100 + random.below(100) + 1)"
                }
            }
            text += "enum t\(index) { \(lines.joined(separator: ", ")) };\n"
        case .typedef:
            // Of an earlier one, or of what is no typedef: a circle of them is no type at all.
            let others = kinds.indices.filter { $0 < index || kinds[$0] != .typedef }
            text += "typedef \(declaration("t\(index)", of: index, among: others));\n"
        case .structure:
            var fields = (0..<random.below(5) + 1).map { _ in
                declaration(next("f"), of: index, among: Array(kinds.indices))
            }
            if random.chance(4) { fields.append("struct t\(index) *\(next("f"))") }
            if random.chance(6) { fields.append("\(plainType()) \(next("f"))[0]") }
            text += "struct t\(index) {\n" + fields.map { "    \($0);\n" }.joined() + "};\n"
        case .union: writeUnion(index)
        }
    }

    private mutating func writeUnion(_ index: Int) {
        let enumerations = members.keys.sorted()
        var labels: [String]
        var type: String
        switch random.below(4) {
        case 0 where !enumerations.isEmpty:
            let chosen = enumerations[random.below(enumerations.count)]
            type = "t\(chosen)"
            labels = members[chosen] ?? []
        case 1: (type, labels) = ("bool", ["TRUE", "FALSE"])
        case 2: (type, labels) = ("unsigned int", ["0", "1", "0x10", "4000000000"])
        default: (type, labels) = (["int", "enum_t"][random.below(2)], ["0", "-1", "07", "99"])
        }
        labels.shuffle(using: &random)
        let isFull = random.chance(2) && (type == "bool" || type.hasPrefix("t"))
        if !isFull { labels = Array(labels.prefix(random.below(labels.count) + 1)) }
        text += "union t\(index) switch (\(type) kind) {\n"
        for label in labels {
            text += "case \(label):\n"
            if random.chance(5), label != labels.last { continue }
            text += "    \(arm(of: index));\n"
        }
        // A default that no value is left for ends nothing.
        let ends = parts[index]
        if random.chance(3) { text += "default:\n    \(arm(of: index));\n" }
        if isFull { parts[index] = ends }
        text += "};\n"
    }

    private mutating func arm(of index: Int) -> String {
        switch random.below(6) {
        case 0:
            parts[index].append(Member())
            return "void"
        case 1:
            parts[index].append(Member())
            return "opaque \(next("f"))[0]"
        default: return declaration(next("f"), of: index, among: Array(kinds.indices))
        }
    }

    private mutating func declaration(
        _ name: String, of index: Int, among others: [Int]
    ) -> String {
        var inside: Int?
        defer { parts[index].append(Member(inside: inside)) }
        switch random.below(10) {
        case 0: return "string \(name)<\(["", size(), "0"][random.below(3)])>"
        case 1: return "opaque \(name)<\(["", size(), "0"][random.below(3)])>"
        case 2: return "opaque \(name)[\(size())]"
        default: break
        }
        var type = plainType()
        var other: Int?
        if !others.isEmpty, random.chance(2) {
            let chosen = others[random.below(others.count)]
            other = chosen
            let tag = kinds[chosen] == .structure ? "struct " : ""
            type = (random.chance(3) ? tag : "") + "t\(chosen)"
        }
        switch random.below(6) {
        case 0: return "\(type) \(name)<\(random.chance(2) ? "" : size())>"
        case 1: return "\(type) *\(name)"
        case 2:
            inside = other
            return "\(type) \(name)[\(random.below(2) + 1)]"
        default:
            inside = other
            return "\(type) \(name)"
        }
    }

    private mutating func plainType() -> String {
        if !passed.isEmpty, random.chance(4) { return passed[random.below(passed.count)] }
        let types = [
            "int", "unsigned", "unsigned int", "hyper", "unsigned hyper", "hyper int",
            "unsigned hyper int", "long", "unsigned long", "long int", "unsigned long int", "short",
            "short int", "unsigned short", "unsigned short int", "char", "unsigned char", "u_char",
            "u_short", "u_int", "u_long", "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t",
            "uint32_t", "u_int64_t", "u_quad_t", "float", "double", "bool", "bool_t", "netobj",
            "opaque_auth", "authsys_parms", "authunix_parms", "auth_flavor", "des_block",
        ]
        return types[random.below(types.count)]
    }

    private mutating func writeProgram() {
        let lines = (1...random.below(3) + 1).map { number in
            let result = ["void", plainType(), "string", "t0"][random.below(4)]
            let argument = ["void", plainType(), "string", "t0", "int, t0"][random.below(5)]
            return "        \(result) \(next("PROC"))(\(argument)) = \(number);\n"
        }
        text += "program \(next("PROG")) {\n    version \(next("VERS")) {\n" + lines.joined()
        text += "    } = \(random.below(9) + 1);\n} = 0x2000\(random.below(9000) + 1000);\n"
    }

    // MARK: Ends

    /// Types without values, found as slowly as it can be said: what ends in so many rounds, ends.
    private func endless() -> [Int] {
        var ending: Set<Int> = []
        for _ in kinds {
            for index in kinds.indices {
                let ends = { (part: Member) in part.inside.map { ending.contains($0) } ?? true }
                let holds =
                    kinds[index] == .union
                    ? parts[index].contains(where: ends) : parts[index].allSatisfy(ends)
                if holds { ending.insert(index) }
            }
        }
        return kinds.indices.filter { !ending.contains($0) }
    }
}
