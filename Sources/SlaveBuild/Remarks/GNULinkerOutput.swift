/// What GNU ld prints of missing symbols, in the form in which lld prints it: that one is read for
/// operations that a worker lacks.
///
///     /usr/bin/ld: obj/sums.o: in function `execute':
///     stubs/sums.c:12: undefined reference to `sums_add'
///     collect2: error: ld returned 1 exit status
enum GNULinkerOutput {
    static func rewritten(_ output: String) -> String {
        let mark = "undefined reference to `"
        guard output.contains(mark) else { return output }
        var others: [Substring] = []
        var symbols: [(name: Substring, places: [Substring])] = []
        for line in output.split(separator: "\n") {
            guard let found = line.firstRange(of: mark) else {
                let isContext = line.contains(": in function `") || line.hasPrefix("collect2: ")
                if !isContext, !line.contains("more undefined references to ") {
                    others.append(line)
                }
                continue
            }
            // In C++ a symbol has its parameters, and may have quotes.
            let name = line[found.upperBound...].prefix { $0 != "'" }
            var place = line[..<found.lowerBound]
            while place.last == " " || place.last == ":" { place.removeLast() }
            if let index = symbols.firstIndex(where: { $0.name == name }) {
                symbols[index].places.append(place)
            } else {
                symbols.append((name, [place]))
            }
        }
        let missing = symbols.flatMap { name, places in
            ["ld: error: undefined symbol: \(name)"] + places.map { ">>> referenced by \($0)" }
        }
        return (missing + others.map(String.init)).map { $0 + "\n" }.joined()
    }
}
