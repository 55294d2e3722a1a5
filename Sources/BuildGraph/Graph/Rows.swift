/// Lists of numbers, one behind the other in one array: a list for each step takes no memory of its
/// own.
struct Rows: Sendable {
    private(set) var values: [UInt32] = []
    private var ends: [UInt32] = [0]

    var count: Int { ends.count - 1 }

    mutating func reserve(_ rows: Int, values count: Int) {
        ends.reserveCapacity(rows + 1)
        values.reserveCapacity(count)
    }

    /// Adds to the row that is being written.
    mutating func append(_ value: UInt32) { values.append(value) }

    mutating func endRow() { ends.append(UInt32(values.count)) }

    /// Where a row lies in `values`.
    func range(_ row: Int) -> Range<Int> { Int(ends[row])..<Int(ends[row + 1]) }

    subscript(row: Int) -> ArraySlice<UInt32> { values[range(row)] }

    /// For each number below `count` the rows that have it.
    func transposed(count: Int) -> Rows {
        var turned = Rows()
        turned.ends = [UInt32](repeating: 0, count: count + 1)
        for value in values { turned.ends[Int(value) + 1] += 1 }
        for index in 0..<count { turned.ends[index + 1] += turned.ends[index] }
        var next = turned.ends
        turned.values = [UInt32](repeating: 0, count: values.count)
        for row in 0..<self.count {
            for index in range(row) {
                let value = Int(values[index])
                turned.values[Int(next[value])] = UInt32(row)
                next[value] += 1
            }
        }
        return turned
    }
}
