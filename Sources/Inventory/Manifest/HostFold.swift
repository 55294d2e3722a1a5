/// Names of hosts as few patterns that `HostPattern` unfolds to the same names: `pi1`, `pi2`, `pi3`,
/// `xeon` are `pi[1-3]`, `xeon`.
///
/// - Parameter names: each once.
/// - Returns: patterns, each where the first of its names was.
public func foldedHostNames(_ names: [String]) -> [String] {
    var folds = names.map(Fold.init)
    let numbersMax = folds.map { $0.parts.count / 2 }.max() ?? 0
    // The last number of a name first: it is what counts hosts most often.
    for fromEnd in 0..<numbersMax { folds = merged(folds, at: fromEnd) }
    return folds.map { $0.parts.joined() }
}

/// A name cut into text, number, text, number … text.
private struct Fold {
    var parts: [String]

    init(_ name: String) {
        parts = [""]
        var isNumber = false
        for character in name {
            if (character.isASCII && character.isNumber) != isNumber {
                isNumber.toggle()
                parts.append("")
            }
            parts[parts.count - 1].append(character)
        }
        if isNumber { parts.append("") }
    }
}

/// Names that differ in one number alone become one. What they share may be folded already.
private func merged(_ folds: [Fold], at fromEnd: Int) -> [Fold] {
    var order: [[String]] = []
    var numbers: [[String]: [String]] = [:]
    var kept: [Fold] = []
    for fold in folds {
        let place = fold.parts.count - 2 - 2 * fromEnd
        // What no fold can count: no number there, or a longer one than numbers have.
        guard place > 0, fold.parts[place].count < 16 || fold.parts[place].hasPrefix("[") else {
            order.append([])
            kept.append(fold)
            continue
        }
        var key = fold.parts
        key[place] = "#\(place)"
        if numbers[key] == nil { order.append(key) }
        numbers[key, default: []].append(fold.parts[place])
    }
    var rest = kept[...]
    return order.flatMap { key -> [Fold] in
        guard let place = key.firstIndex(where: { $0.hasPrefix("#") }), let list = numbers[key]
        else { return rest.popFirst().map { [$0] } ?? [] }
        return [ranges(list)].map { text in
            var fold = Fold("")
            fold.parts = key
            fold.parts[place] = text
            return fold
        }
    }
}

/// `1`, `2`, `3`, `7` are `[1-3,7]`; `7` alone is `7`. Leading zeros are kept: `08`, `09`, `10` are
/// `[08-10]`.
private func ranges(_ numbers: [String]) -> String {
    guard numbers.count > 1 else { return numbers[0] }
    // Numbers of other lengths than their values have stand apart: `1` and `01` are two hosts.
    let sorted = numbers.map { (value: Int($0), text: $0) }.sorted {
        ($0.value ?? .max, $0.text.count, $0.text) < ($1.value ?? .max, $1.text.count, $1.text)
    }
    var ranges: [(low: String, high: String)] = []
    for number in sorted {
        if let last = ranges.last, let high = Int(last.high), let value = number.value,
            value == high + 1, number.text == padded(value, as: last.low)
        {
            ranges[ranges.count - 1].high = number.text
        } else {
            ranges.append((number.text, number.text))
        }
    }
    let told = ranges.map { $0.low == $0.high ? $0.low : "\($0.low)-\($0.high)" }
    return "[\(told.joined(separator: ","))]"
}

private func padded(_ value: Int, as low: String) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, low.count - digits.count)) + digits
}
