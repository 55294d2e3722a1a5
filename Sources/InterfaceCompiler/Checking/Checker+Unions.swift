import Diagnostics

/// RFC 4506 §4.15.
extension Checker {
    /// What the discriminant of a union may be.
    private enum Discriminant {
        case numbers(ClosedRange<Int128>)
        case bool
        case members(Set<String>, byValue: [Int128: String], type: String)
    }

    mutating func union(
        _ declaration: DeclarationSyntax, _ arms: [ArmSyntax]
    ) -> InterfaceType.Kind? {
        guard let discriminant = field(declaration),
            let kind = discriminantKind(discriminant.type, at: declaration.type.range)
        else { return nil }
        if arms.isEmpty, isWhole {
            report.error("this union has no cases", at: declaration.range)
        }
        let defaults = arms.filter { $0.values.isEmpty }
        if let second = defaults.dropFirst().first {
            report.error(
                "a second 'default'", at: second.range,
                notes: ["the first is at \(report.mention(defaults[0].range))"])
        }
        requireDistinct(arms.compactMap(\.declaration?.name))
        var seen: [Int128: SourceRange] = [:]
        let checked = arms.map { arm($0, kind, &seen) }
        return .union(UnionType(discriminant: discriminant, arms: checked))
    }

    private mutating func arm(
        _ arm: ArmSyntax, _ kind: Discriminant, _ seen: inout [Int128: SourceRange]
    ) -> UnionType.Arm {
        var labels: [UnionType.Label] = []
        for value in arm.values {
            guard let label = label(value, kind) else { continue }
            if let earlier = seen[Int128(label.value)] {
                report.error(
                    "a second case for \(label.name ?? String(label.value))", at: value.range,
                    notes: ["the first is at \(report.mention(earlier))"])
            } else {
                seen[Int128(label.value)] = value.range
            }
            labels.append(label)
        }
        let declaration = arm.declaration.flatMap { isWithoutItems($0) ? nil : $0 }
        return UnionType.Arm(
            labels: labels, field: declaration.flatMap { field($0) },
            documentation: arm.documentation)
    }

    private mutating func label(_ value: ValueSyntax, _ kind: Discriminant) -> UnionType.Label? {
        switch kind {
        case .numbers(let limits):
            return number(value, in: limits, as: "the case").map {
                UnionType.Label(name: nil, value: Int64($0))
            }
        case .bool:
            return boolLabel(value)
        case .members(let names, let byValue, let type):
            if case .name(let word) = value.kind, names.contains(word) {
                return number(named: key(of: word, in: type), at: value.range).map {
                    UnionType.Label(name: word, value: Int64($0))
                }
            }
            // A number, or a name of one, that stands for a member.
            if isConstant(value) {
                guard let number = number(value) else { return nil }
                if let name = byValue[number] {
                    warnOfOther(value, type, name)
                    return UnionType.Label(name: name, value: Int64(number))
                }
            }
            let written = report.source.string(value.range.offset..<value.range.end)
            unknown(written, at: value.range, what: "member of '\(type)'", among: Array(names))
            return nil
        }
    }

    /// C takes members of another enumeration, and so do files that are written for it.
    private mutating func warnOfOther(_ value: ValueSyntax, _ type: String, _ member: String) {
        guard case .name(let word) = value.kind, meanings[word]?.meaning == .member else { return }
        report.warning(
            "'\(word)' is no member of '\(type)', and is taken for '\(member)', which has its value",
            at: value.range, remedy: "case \(member):")
    }

    private mutating func boolLabel(_ value: ValueSyntax) -> UnionType.Label? {
        var kind = value.kind
        if case .name(let word) = kind, ["true", "false"].contains(word), meanings[word] == nil {
            kind = .name(word.uppercased())
        }
        switch kind {
        case .name("TRUE"), .number(1): return UnionType.Label(name: "TRUE", value: 1)
        case .name("FALSE"), .number(0): return UnionType.Label(name: "FALSE", value: 0)
        default:
            report.error("a case of bool is TRUE or FALSE", at: value.range)
            return nil
        }
    }

    private func isConstant(_ value: ValueSyntax) -> Bool {
        switch value.kind {
        case .number: true
        case .name(let name):
            meanings[name]?.meaning == .constant || meanings[name]?.meaning == .member
        case .text, .after: false
        }
    }

    private mutating func discriminantKind(
        _ type: ValueType, at range: SourceRange
    ) -> Discriminant? {
        switch unaliased(type) {
        case .int: return .numbers(Int128(Int32.min)...Int128(Int32.max))
        case .unsignedInt: return .numbers(0...Int128(UInt32.max))
        case .bool: return .bool
        case .named(let name):
            guard let members = enumerations[name] else { break }
            var byValue: [Int128: String] = [:]
            for member in members {
                let key = key(of: member, in: name)
                guard let number = number(named: key, at: range) else { continue }
                if byValue[number] == nil { byValue[number] = member }
            }
            return .members(Set(members), byValue: byValue, type: name)
        default: break
        }
        report.error(
            "a union's discriminant is int, unsigned int, bool or an enumeration", at: range)
        return nil
    }

    /// What stands behind other names of one type.
    private func unaliased(_ type: ValueType) -> ValueType {
        var type = type
        var seen: Set<String> = []
        while case .named(let name) = type, let alias = aliases[name], alias.shape == .plain,
            seen.insert(name).inserted
        {
            switch alias.type.kind {
            case .basic(let basic): return ValueType(basic)
            case .named(let next):
                if meanings[next] == nil, let basic = WellKnown.basic[next] {
                    return ValueType(basic)
                }
                type = .named(next)
            case .string, .opaque, .void, .body, .enclosing: return type
            }
        }
        return type
    }
}
