import Foundation

/// The price of one contract as its paths tell it.
struct Estimate {
    let contract: Contract
    let paths: Int
    private var sum = 0.0
    private var squares = 0.0

    init(contract: Contract, paths: Int) {
        self.contract = contract
        self.paths = paths
    }

    /// In the order of the batches, whichever ended first: another order of additions would give
    /// other last digits.
    mutating func add(_ sums: Sums) {
        sum += sums.sum
        squares += sums.squares
    }

    var price: Double { sum / Double(paths) }

    /// The standard error: two of three runs with other seeds lie so near.
    var uncertainty: Double {
        let variance = max(0, squares / Double(paths) - price * price)
        return (variance / Double(paths)).squareRoot()
    }

    /// The last column holds the bits of the sum, in which any difference would show.
    func line(exact: Double?) -> String {
        let reference = exact.map { String(format: "%9.4f", $0) } ?? "        –"
        let name = contract.name.padding(toLength: 26, withPad: " ", startingAt: 0)
        let bits = String(sum.bitPattern, radix: 16)
        return name + String(format: "%9.4f ± %.4f ", price, uncertainty) + reference + "  " + bits
    }
}
