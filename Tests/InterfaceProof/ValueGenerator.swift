import InterfaceCompiler

/// Makes the bytes of random values straight from the checked model, by RFC 4506 and nothing else:
/// no encoder of ours has a part in them, so that they judge all of ours.
public struct ValueGenerator {
    /// Beyond this many bytes arrays are empty and optionals absent.
    static let bytesWanted = 2_000
    /// How deep values of recursive types nest; the decoders' limit is far above.
    static let depthWanted = 24

    private let types: [String: InterfaceType]
    private var random: Seed
    private var bytes: [UInt8] = []
    private var depth = 0

    private let largest: UInt64

    /// - Parameter largest: of the numbers; rpcgen keeps what Sun called `char` in eight bits
    public init(_ model: InterfaceModel, seed: Seed, largest: UInt64 = .max) {
        self.largest = largest
        types = Dictionary(model.types.map { ($0.name, $0) }) { first, _ in first }
        random = seed
    }

    /// One value of this type.
    public mutating func value(of name: String) -> [UInt8] {
        bytes = []
        depth = 0
        write(.named(name))
        return bytes
    }

    private var isFull: Bool { bytes.count > Self.bytesWanted || depth > Self.depthWanted }

    // MARK: Types

    private mutating func write(_ type: ValueType) {
        switch type {
        case .int, .unsignedInt, .float: word(UInt32(truncatingIfNeeded: number(bits: 32)))
        case .hyper, .unsignedHyper, .double: long(number(bits: 64))
        case .quadruple: for _ in 0..<2 { long(number(bits: 64)) }
        case .bool: word(random.chance(2) ? 1 : 0)
        case .string(let bound): text(count: count(bound))
        case .opaque(let count): opaque(Int(count))
        case .opaqueVariable(let bound):
            let count = count(bound)
            word(UInt32(count))
            opaque(count)
        case .array(let item, let count):
            for _ in 0..<count { write(item) }
        case .arrayVariable(let item, let bound):
            let place = bytes.count
            let most = count(bound)
            word(0)
            var count = 0
            while count < most, !isFull {
                write(item)
                count += 1
            }
            // The count is known only now: what lies inside has its share of the limit too.
            for (index, byte) in big(UInt32(count)).enumerated() { bytes[place + index] = byte }
        case .optional(let item):
            guard !isFull, random.below(8) > 1 else { return word(0) }
            word(1)
            write(item)
        case .named(let name):
            guard let type = types[name] else { return }
            depth += 1
            write(type.kind)
            depth -= 1
        }
    }

    private mutating func write(_ kind: InterfaceType.Kind) {
        switch kind {
        case .enumeration(let members):
            word(UInt32(bitPattern: members[random.below(members.count)].value))
        case .structure(let fields): for field in fields { write(field.type) }
        case .typedef(let type): write(type)
        case .union(let union): write(union)
        }
    }

    private mutating func write(_ union: UnionType) {
        let choices = union.arms.compactMap { arm in
            self.label(of: arm, in: union).map { (arm: arm, label: $0) }
        }
        // What is nested deep enough ends in an arm that does not lead back to its own type.
        let ending = choices.filter { !$0.arm.isRecursive(types) }
        // Where each does, that of the union's zero leads out of the circle soonest.
        let soonest = choices.filter { $0.arm == union.arms[union.zeroArm] }
        let allowed = isFull ? (ending.isEmpty ? soonest : ending) : choices
        let (arm, label) = allowed[random.below(allowed.count)]
        word(UInt32(truncatingIfNeeded: label))
        if let field = arm.field { write(field.type) }
    }

    /// A discriminant that chooses this arm; nil for a default that no value is left for.
    private mutating func label(of arm: UnionType.Arm, in union: UnionType) -> Int64? {
        guard arm.labels.isEmpty else { return arm.labels[random.below(arm.labels.count)].value }
        let taken = Set(union.arms.flatMap(\.labels).map(\.value))
        let choices: [Int64]
        switch resolved(union.discriminant.type) {
        case .named(let name):
            guard case .enumeration(let members)? = types[name]?.kind else { return nil }
            choices = members.map { Int64($0.value) }
        case .bool: choices = [0, 1]
        case .unsignedInt: choices = [0, 7, 99, 0xffff_ffff] + (1..<9).map { $0 << 20 }
        default: choices = [0, 7, 99, -1, Int64(Int32.min)] + (1..<9).map { $0 << 20 }
        }
        let free = choices.filter { !taken.contains($0) }
        return free.isEmpty ? nil : free[random.below(free.count)]
    }

    private func resolved(_ type: ValueType) -> ValueType {
        var type = type
        while case .named(let name) = type, case .typedef(let aliased)? = types[name]?.kind {
            type = aliased
        }
        return type
    }

    // MARK: Parts

    /// The edges as often as all the rest: signs, halves, not-a-numbers with a payload.
    private mutating func number(bits: Int) -> UInt64 {
        let all = random.next()
        guard largest == .max else { return all % (largest + 1) }
        guard random.chance(2) else { return all }
        let sign = UInt64(1) << (bits - 1)
        let edges: [UInt64] = [
            0, 1, .max, sign, sign - 1, 0x7fc0_0001, 0x7f80_0001, 0x7f80_0000,
            0x7ff8_0000_0000_0001, 0x7ff0_0000_0000_0001, 0xfff0_0000_0000_0000,
        ]
        return edges[random.below(edges.count)]
    }

    private mutating func count(_ bound: UInt32) -> Int {
        guard !isFull else { return 0 }
        let most = Int(min(bound, 40))
        // The bound itself is where a comparison is off by one.
        if bound <= 40, random.chance(4) { return most }
        return min(most, [0, 1, 2, 3, 5, random.below(41)][random.below(6)])
    }

    private mutating func opaque(_ count: Int) {
        for _ in 0..<count { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
        pad(count)
    }

    /// UTF-8 without NUL: C strings of other implementations end there.
    private mutating func text(count: Int) {
        var utf8: [UInt8] = []
        while utf8.count < count {
            let room = count - utf8.count
            let character = ["é", "€", "𝄞"][random.below(3)]
            let plain = random.below(3) > 0 || character.utf8.count > room
            utf8 += plain ? [UInt8(random.below(126) + 1)] : Array(character.utf8)
        }
        word(UInt32(count))
        bytes += utf8
        pad(count)
    }

    private mutating func pad(_ count: Int) {
        bytes += [UInt8](repeating: 0, count: (4 - count % 4) % 4)
    }

    private mutating func word(_ value: UInt32) { bytes += big(value) }

    private mutating func long(_ value: UInt64) { bytes += big(value) }

    private func big(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}

extension UnionType.Arm {
    func isRecursive(_ types: [String: InterfaceType]) -> Bool {
        var type = field?.type
        while let inner = type {
            switch inner {
            case .array(let item, _), .arrayVariable(let item, _), .optional(let item): type = item
            case .named(let name): return types[name]?.isRecursive ?? false
            default: return false
            }
        }
        return false
    }
}
