import MarionetteWorker

/// Random paths of all assets of a market: geometric Brownian motion, correlated.
struct Paths {
    private let prices: [Double]
    /// For one step: what the logarithm of each price grows by, and how far chance moves it.
    private let drifts: [Double]
    private let deviations: [Double]
    /// The lower triangle that makes independent numbers correlated (Cholesky), row by row.
    private let triangle: [Double]
    private let steps: Int

    var assets: Int { prices.count }

    init(market: Market, years: Double, stepsPerYear: UInt32) throws(OperationFailure) {
        let count = market.assets.count
        guard market.correlations.count == count * count else {
            throw OperationFailure(
                "\(market.correlations.count) correlations for \(count) assets")
        }
        steps = max(1, Int((years * Double(stepsPerYear)).rounded()))
        let step = years / Double(steps)
        prices = market.assets.map { $0.price }
        drifts = market.assets.map {
            (market.rate - $0.dividend - 0.5 * $0.volatility * $0.volatility) * step
        }
        let root = step.squareRoot()
        deviations = market.assets.map { $0.volatility * root }
        triangle = try Self.triangle(of: market.correlations, count)
    }

    private static func triangle(
        of matrix: [Double], _ count: Int
    ) throws(OperationFailure) -> [Double] {
        var lower = [Double](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0...row {
                var rest = matrix[row * count + column]
                for index in 0..<column {
                    rest -= lower[row * count + index] * lower[column * count + index]
                }
                if row == column {
                    guard rest > 0 else {
                        throw OperationFailure("the correlations contradict each other")
                    }
                    lower[row * count + row] = rest.squareRoot()
                } else {
                    lower[row * count + column] = rest / lower[column * count + column]
                }
            }
        }
        return lower
    }

    /// Walks one path and tells `visit` the prices after each step.
    func walk(_ numbers: inout RandomNumbers, _ visit: ([Double]) -> Void) {
        var current = prices
        var normals = [Double](repeating: 0, count: assets + 1)
        for _ in 0..<steps {
            for index in stride(from: 0, to: assets, by: 2) {
                (normals[index], normals[index + 1]) = numbers.normals()
            }
            for asset in 0..<assets {
                var chance = 0.0
                for index in 0...asset {
                    chance += triangle[asset * assets + index] * normals[index]
                }
                current[asset] *= exponential(drifts[asset] + deviations[asset] * chance)
            }
            visit(current)
        }
    }
}
