/// What the program prices: a small market and options on it.
enum Portfolio {
    static let market = Market(
        rate: 0.03,
        assets: [
            Asset(name: "grain", price: 100, volatility: 0.2, dividend: 0),
            Asset(name: "metal", price: 100, volatility: 0.35, dividend: 0.01),
            Asset(name: "fuel", price: 100, volatility: 0.5, dividend: 0.02),
        ],
        correlations: [
            1, 0.3, 0.5,
            0.3, 1, 0.2,
            0.5, 0.2, 1,
        ])

    static let contracts = [
        contract("call on grain", .CALL, asset: 0, strike: 105),
        contract("put on metal", .PUT, asset: 1, strike: 95),
        contract("Asian call on fuel", .ASIAN_CALL, asset: 2, strike: 100),
        contract("lookback call on metal", .LOOKBACK_CALL, asset: 1, strike: 0),
        contract("call on fuel, out at 70", .CALL, asset: 2, strike: 100, barrier: 70),
        contract("call on the basket", .BASKET_CALL, asset: 0, strike: 100),
    ]

    private static func contract(
        _ name: String, _ payoff: Payoff, asset: UInt32, strike: Double, barrier: Double? = nil
    ) -> Contract {
        Contract(
            name: name, payoff: payoff, asset: asset, strike: strike, years: 1, barrier: barrier)
    }
}
