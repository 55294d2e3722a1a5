import MarionetteWorker

/// The operations of options.x. The value is the context: how finely paths are walked, and the seed.
struct OptionsWorker: OptionsOperations {
    private var steps: UInt32 = 12
    private var seed: UInt64 = 1989

    mutating func setSteps(_ value: UInt32) throws(OperationFailure) {
        guard (1...10_000).contains(value) else {
            throw OperationFailure("\(value) steps for each year; 1 to 10000 are possible")
        }
        steps = value
    }

    mutating func setSeed(_ value: UInt64) { seed = value }

    func simulate(_ batch: Batch, market: Market) throws(OperationFailure) -> Sums {
        let contract = batch.contract
        guard contract.asset < market.assets.count, contract.years > 0, contract.years <= 100 else {
            throw OperationFailure("contract '\(contract.name)' is not of this market")
        }
        let paths = try Paths(market: market, years: contract.years, stepsPerYear: steps)
        let discount = exponential(-market.rate * contract.years)
        var sums = Sums(index: batch.index)
        for path in batch.first..<batch.first + UInt64(batch.count) {
            var numbers = RandomNumbers(seed: seed, path: path)
            var outcome = Outcome(contract: contract)
            paths.walk(&numbers) { outcome.visit($0) }
            let value = discount * outcome.payment
            sums.sum += value
            sums.squares += value * value
        }
        return sums
    }
}

/// What an option needs to know of a path.
private struct Outcome {
    let contract: Contract
    private var last: [Double] = []
    private var total = 0.0
    private var count = 0.0
    private var lowest = Double.infinity
    private var isKnockedOut = false

    init(contract: Contract) { self.contract = contract }

    mutating func visit(_ prices: [Double]) {
        let price = prices[Int(contract.asset)]
        last = prices
        total += price
        count += 1
        lowest = min(lowest, price)
        if let barrier = contract.barrier, price <= barrier { isKnockedOut = true }
    }

    var payment: Double {
        if isKnockedOut { return 0 }
        let price = last[Int(contract.asset)]
        return switch contract.payoff {
        case .CALL: max(0, price - contract.strike)
        case .PUT: max(0, contract.strike - price)
        case .ASIAN_CALL: max(0, total / count - contract.strike)
        case .LOOKBACK_CALL: price - lowest
        case .BASKET_CALL: max(0, last.reduce(0, +) / Double(last.count) - contract.strike)
        }
    }
}
