import MarionetteWorker

/// Executes the operations of {{name}}.x on every host. It is Embedded Swift, built for each target:
/// no Foundation and no concurrency, and `throws` names its error.
struct {{Name}}Worker: {{Name}}Operations {
    /// The context: what context operations change. Every worker sees it as it was where the master
    /// invoked the operation.
    var first: Int32 = 2

    mutating func setFirst(_ value: Int32) throws(OperationFailure) {
        guard value >= 2 else { throw OperationFailure("primes begin with 2, not with \(value)") }
        first = value
    }

    /// A worker executes one call at a time; many workers on many hosts do so at once.
    func countPrimes(_ range: Range) throws(OperationFailure) -> Int32 {
        guard range.count >= 0 else {
            throw OperationFailure("a range of \(range.count) numbers")
        }
        let numbers = range.from..<range.from + range.count
        return Int32(numbers.count { $0 >= first && isPrime($0) })
    }

    private func isPrime(_ number: Int32) -> Bool {
        var divisor: Int32 = 2
        while divisor * divisor <= number {
            if number % divisor == 0 { return false }
            divisor += 1
        }
        return number > 1
    }
}
