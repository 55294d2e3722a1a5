/// The candidate that the user may have meant: the nearest by edit distance, where it is near
/// enough to be no guess.
public func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let length = word.count
    let limit = max(1, length / 3)
    // Words and candidates may be a hostile file's: thousands of them, and long.
    guard length <= 64 else { return nil }
    let ranked = candidates.filter { abs($0.count - length) <= limit }
        .map { (distance: editDistance(word, $0), name: $0) }
        .filter { $0.distance <= limit }
    return ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
}

/// Damerau-Levenshtein (optimal string alignment): insert, delete, replace and swap of neighbours
/// cost 1 each.
func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.lowercased())
    let right = Array(right.lowercased())
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
        var row = [i + 1]
        for j in right.indices {
            var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                cost = min(cost, beforeLast[j - 1] + 1)
            }
            row.append(cost)
        }
        beforeLast = last
        last = row
    }
    return last[right.count]
}
