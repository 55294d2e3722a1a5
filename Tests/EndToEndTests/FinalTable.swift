/// The table that a run ends with, read back from its text.
struct FinalTable {
    struct Row {
        var operations: Int
        var retries: Int
    }

    private(set) var rows: [String: Row] = [:]

    /// host, target, workers, operations, `98 %`, an amount with its unit, retries.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map { word in
                String(word).replacing(",", with: "")
            }
            guard words.count >= 9, words[5] == "%", let operations = Int(words[3]),
                let retries = Int(words[8])
            else { continue }
            rows[words[0]] = Row(operations: operations, retries: retries)
        }
    }
}
