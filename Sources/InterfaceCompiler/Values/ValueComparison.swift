/// Where two encoded values of one type first differ.
public struct ValueDifference: Hashable, Sendable {
    /// `result.pixels[17].r`
    public let path: String
    /// What stands there: `0.5 (0x3f000000)`, `3 items`.
    public let left: String
    public let right: String

    /// nil: they are equal.
    ///
    /// - Parameter ulps: how many representable numbers two floats may be apart and count as equal.
    ///   0: every bit counts, also in a NaN.
    public static func first(
        in fields: [Field], of model: InterfaceModel, _ left: [UInt8], _ right: [UInt8],
        ulps: UInt64 = 0
    ) throws(ValueFault) -> ValueDifference? {
        var leftWalk = ValueWalk(fields, of: model, in: left)
        var rightWalk = ValueWalk(fields, of: model, in: right)
        while true {
            // As far as all is equal, both are at the same part.
            guard let one = try leftWalk.next(), let other = try rightWalk.next() else {
                return nil
            }
            guard areEqual(one, other, ulps) else {
                let (shown, against) = texts(one, other)
                return ValueDifference(path: leftWalk.pathText, left: shown, right: against)
            }
        }
    }

    private static func areEqual(
        _ left: ValueWalk.Step, _ right: ValueWalk.Step, _ ulps: UInt64
    ) -> Bool {
        switch (left, right) {
        case (.open(let one), .open(let other)), (.close(let one), .close(let other)):
            return one == other
        case (.scalar(let one), .scalar(let other)):
            guard one.kind == other.kind else { return false }
            if one.bytes == other.bytes { return true }
            return ulps > 0 && distance(one, other).map { $0 <= ulps } ?? false
        default: return false
        }
    }

    /// How many representable numbers lie between two; nil: they are no such numbers.
    private static func distance(_ left: ValueWalk.Scalar, _ right: ValueWalk.Scalar) -> UInt64? {
        switch left.kind {
        case .float:
            let (one, other) = (left.word, right.word)
            guard !Float(bitPattern: one).isNaN, !Float(bitPattern: other).isNaN else { return nil }
            return (ordered(Int64(one & 0x7fff_ffff), one >> 31) as Int64)
                .distance(ordered(Int64(other & 0x7fff_ffff), other >> 31))
        case .double:
            let (one, other) = (left.long, right.long)
            guard !Double(bitPattern: one).isNaN, !Double(bitPattern: other).isNaN else {
                return nil
            }
            return ordered(Int64(one & .max >> 1), UInt32(one >> 63))
                .distance(ordered(Int64(other & .max >> 1), UInt32(other >> 63)))
        default: return nil
        }
    }

    /// Neighbours have numbers next to each other, also around zero, of which there are two.
    private static func ordered(_ magnitude: Int64, _ sign: UInt32) -> Int64 {
        sign == 0 ? magnitude : -magnitude
    }

    private static func texts(
        _ left: ValueWalk.Step, _ right: ValueWalk.Step
    ) -> (String, String) {
        let shown = (text(left), text(right))
        guard shown.0 == shown.1, case .scalar(let one) = left, case .scalar(let other) = right,
            let place = zip(one.bytes, other.bytes).enumerated().first(where: {
                $0.element.0 != $0.element.1
            })
        else { return shown }
        // Texts and opaques that are abridged to the same.
        return (
            "byte \(place.offset) is \(place.element.0)",
            "byte \(place.offset) is \(place.element.1)"
        )
    }

    private static func text(_ step: ValueWalk.Step) -> String {
        switch step {
        case .scalar(let scalar):
            scalar.text + (scalar.bits.map { " (\($0))" } ?? "")
        case .open(.list(let count)), .close(.list(let count)):
            "\(ValueText.grouped(count)) \(count == 1 ? "item" : "items")"
        case .open(.structure), .close(.structure): "a value"
        }
    }
}

extension Int64 {
    fileprivate func distance(_ other: Int64) -> UInt64 {
        self > other
            ? UInt64(bitPattern: self &- other) : UInt64(bitPattern: other &- self)
    }
}
