/// A host name that may stand for several: `pi[1-4].local`, `n[01-12,20]`, `rack[1-2]-[a]` is none.
///
/// A fold is a list of numbers and ranges in brackets. The digits of a range's first number tell
/// the width: 01-12 counts 01, 02, … 12. Several folds multiply, the last one counting fastest.
struct HostPattern {
    /// What is wrong, and at which character of the pattern (from 0).
    struct Fault: Error, Equatable {
        var summary: String
        var offset: Int
        var length: Int = 1
    }

    /// In order of the pattern; one name where nothing is folded.
    let names: [String]

    init(_ pattern: String) throws(Fault) {
        var names = [""]
        var rest = Array(pattern)[...]
        while !rest.isEmpty {
            let open = rest.firstIndex(of: "[") ?? rest.endIndex
            let literal = String(rest[..<open])
            if let stray = literal.firstIndex(of: "]") {
                let offset = rest.startIndex + literal.distance(from: literal.startIndex, to: stray)
                throw Fault(summary: "']' without '['", offset: offset)
            }
            guard open < rest.endIndex else {
                names = names.map { $0 + literal }
                break
            }
            guard let close = rest[open...].firstIndex(of: "]") else {
                throw Fault(summary: "'[' without ']'", offset: open)
            }
            let numbers = try Self.unfold(rest[(open + 1)..<close])
            guard names.count * numbers.count <= InventoryLimits.foldMax else {
                throw Fault(
                    summary: "stands for more than \(InventoryLimits.foldMax) hosts",
                    offset: open, length: close - open + 1)
            }
            names = names.flatMap { name in numbers.map { name + literal + $0 } }
            rest = rest[(close + 1)...]
        }
        self.names = names
    }

    private static func unfold(_ list: ArraySlice<Character>) throws(Fault) -> [String] {
        var numbers: [String] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let low = try number(bounds.first ?? part, in: part)
            let high = try bounds.count > 1 ? number(bounds[1], in: part) : low
            guard low.value <= high.value else {
                throw Fault(
                    summary: "range '\(String(part))' runs backwards", offset: part.startIndex,
                    length: part.count)
            }
            guard high.value - low.value < InventoryLimits.foldMax,
                numbers.count < InventoryLimits.foldMax
            else {
                throw Fault(
                    summary: "stands for more than \(InventoryLimits.foldMax) hosts",
                    offset: part.startIndex, length: part.count)
            }
            for value in low.value...high.value {
                let digits = String(value)
                let zeros = String(repeating: "0", count: max(0, low.width - digits.count))
                numbers.append(zeros + digits)
            }
        }
        return numbers
    }

    private static func number(
        _ digits: ArraySlice<Character>, in part: ArraySlice<Character>
    ) throws(Fault) -> (value: Int, width: Int) {
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(String(digits))
        else {
            throw Fault(
                summary: part.isEmpty
                    ? "a fold expects numbers, as in [1-4,7]"
                    : "'\(String(part))' is neither a number nor a range",
                offset: part.startIndex, length: max(1, part.count))
        }
        return (value, digits.count)
    }
}
