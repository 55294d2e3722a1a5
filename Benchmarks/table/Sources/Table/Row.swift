import Foundation

/// One bar: what was measured, beside what, and whether that is good enough.
public struct Row {
    private static let widths = [48, 10, 12, 26, 8, 8, 0]

    public enum Goal {
        case atMost(Double)
        case atLeast(Double)
    }

    public var name: String
    public var value: String
    public var unit: String
    public var reference: String
    /// The value's, in terms of the reference.
    public var ratio: Double
    public var goal: Goal

    public init(
        _ name: String, _ value: String, _ unit: String, reference: String, ratio: Double,
        _ goal: Goal
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.reference = reference
        self.ratio = ratio
        self.goal = goal
    }

    public var isMet: Bool {
        switch goal {
        case .atMost(let bound): ratio <= bound
        case .atLeast(let bound): ratio >= bound
        }
    }

    public func print() {
        let (sign, bound) =
            switch goal {
            case .atMost(let bound): ("≤", bound)
            case .atLeast(let bound): ("≥", bound)
            }
        Self.print([
            name, value, unit, reference, number(ratio, 2), "\(sign) \(shortest(bound))",
            isMet ? "met" : "not met",
        ])
    }

    public static func printHeader() {
        print(["name", "value", "unit", "reference", "ratio", "goal", ""])
    }

    private static func print(_ columns: [String]) {
        let cells = zip(columns, widths).map {
            $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0)
        }
        Swift.print(cells.joined(separator: " "))
        // Whoever waits for the next row sees this one.
        fflush(nil)
    }
}

public func number(_ value: Double, _ digits: Int = 2) -> String {
    String(format: "%.\(digits)f", value)
}

private func shortest(_ value: Double) -> String { String(format: "%g", value) }

public func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
