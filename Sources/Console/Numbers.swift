/// Numbers as a person reads them.
extension BinaryInteger {
    /// Groups of three: `1,204,000`.
    public var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + text
    }

    /// A count of bytes in decimal units: `712 B`, `214 KB`, `9.1 MB`.
    public var asBytes: String {
        var value = Double(magnitude)
        for unit in ["B", "KB", "MB", "GB", "TB"] {
            if value < 999.5 || unit == "TB" {
                let decimals = unit == "B" || value >= 99.95 ? 0 : 1
                return value.fixed(decimals) + " " + unit
            }
            value /= 1000
        }
        return "\(self) B"
    }
}

extension Double {
    /// With so many digits after the point, rounded half away from zero.
    public func fixed(_ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (magnitude * scale).rounded()
        guard scaled < 1e18 else { return "\(self)" }
        let whole = UInt64(scaled)
        let sign = self < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(whole) }
        let digits = String(whole)
        let text = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return sign + text.dropLast(decimals) + "." + text.suffix(decimals)
    }

    /// A duration in seconds: `0.3 s`, `48 s`, `3 min 20 s`, `2 h 5 min`.
    public var asSeconds: String {
        switch self {
        case ..<9.95: fixed(1) + " s"
        case ..<99.5: fixed(0) + " s"
        case ..<3600: "\(Int(self) / 60) min \(Int(self) % 60) s"
        default: "\(Int(self) / 3600) h \(Int(self) % 3600 / 60) min"
        }
    }
}
