import Foundation

/// The exact price of a call or put without a barrier (Black and Scholes 1973, Merton 1973), to
/// judge the simulation by; nil for others, which have no such formula.
func exactPrice(of contract: Contract, in market: Market) -> Double? {
    guard contract.barrier == nil, contract.payoff == .CALL || contract.payoff == .PUT else {
        return nil
    }
    let asset = market.assets[Int(contract.asset)]
    let deviation = asset.volatility * contract.years.squareRoot()
    let growth = market.rate - asset.dividend + asset.volatility * asset.volatility / 2
    let d1 = (log(asset.price / contract.strike) + growth * contract.years) / deviation
    let d2 = d1 - deviation
    let spot = asset.price * exp(-asset.dividend * contract.years)
    let strike = contract.strike * exp(-market.rate * contract.years)
    return contract.payoff == .CALL
        ? spot * normal(d1) - strike * normal(d2) : strike * normal(-d2) - spot * normal(-d1)
}

/// The distribution function of the normal distribution.
private func normal(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
