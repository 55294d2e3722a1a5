/// A small generator (SplitMix64), the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Random values of the golden interface `zoo`, edge cases often.
struct ZooKeeper {
    private var source: SeededGenerator

    init(seed: UInt64) { source = SeededGenerator(seed: seed) }

    private mutating func integer<Number: FixedWidthInteger>() -> Number {
        switch source.next() % 6 {
        case 0: 0
        case 1: .min
        case 2: .max
        default: Number(truncatingIfNeeded: source.next())
        }
    }

    private mutating func bool() -> Bool { source.next() % 2 == 0 }
    /// Any bits, NaNs with payloads too: they must come through unchanged.
    private mutating func float() -> Float { Float(bitPattern: integer()) }
    private mutating func double() -> Double { Double(bitPattern: integer()) }

    private mutating func list<Item>(
        _ most: Int, _ item: (inout ZooKeeper) -> Item
    ) -> [Item] {
        (0..<Int(source.next() % UInt64(most + 1))).map { _ in item(&self) }
    }

    private mutating func exactly<Item>(
        _ count: Int, _ item: (inout ZooKeeper) -> Item
    ) -> [Item] {
        (0..<count).map { _ in item(&self) }
    }

    private mutating func text(_ most: Int) -> String {
        String(decoding: list(most) { UInt8($0.source.next() % 95 + 32) }, as: UTF8.self)
    }

    private mutating func animal() -> Animal { [.CAT, .DOG, .COW][Int(source.next() % 3)] }
    private mutating func leaf() -> Leaf { Leaf(weight: integer(), pet: animal()) }
    private mutating func print() -> Fingerprint { exactly(6) { $0.integer() } }
    private mutating func triple() -> Triple { exactly(3) { $0.integer() } }
    private mutating func grid() -> Grid { exactly(2) { $0.triple() } }
    private mutating func curve() -> Curve { list(40) { $0.float() } }

    private mutating func number() -> Number {
        switch source.next() % 5 {
        case 0: return .case0
        case 1: return .caseMinus1(integer())
        case 2: return .case1(integer())
        case 3: return .case2(integer())
        default: return .otherwise(7, double())
        }
    }

    private mutating func choice() -> Choice {
        switch animal() {
        case .CAT: .CAT(leaf())
        case .DOG: .DOG
        case .COW: .COW(text(8))
        }
    }

    mutating func zoo() -> Zoo {
        var zoo = Zoo()
        fillNumbers(&zoo)
        fillLists(&zoo)
        fillNames(&zoo)
        zoo.maybe = bool() ? integer() : nil
        zoo.leaf = bool() ? leaf() : nil
        zoo.name = bool() ? text(16) : nil
        zoo.mark = bool() ? print() : nil
        zoo.number = number()
        zoo.numbers = list(6) { $0.number() }
        zoo.choice = choice()
        zoo.flag = bool() ? .caseTrue(curve()) : .caseFalse
        zoo.word = bool() ? .case4294967295(list(5) { $0.integer() }) : .case0
        return zoo
    }

    private mutating func fillNumbers(_ zoo: inout Zoo) {
        zoo.a = integer()
        zoo.b = integer()
        zoo.c = integer()
        zoo.d = integer()
        zoo.e = float()
        zoo.f = double()
        zoo.g = bool()
        zoo.animal = animal()
        zoo.pet = animal()
    }

    private mutating func fillLists(_ zoo: inout Zoo) {
        zoo.ints = list(20) { $0.integer() }
        zoo.words = list(8) { $0.integer() }
        zoo.hypers = list(20) { $0.integer() }
        zoo.sizes = exactly(2) { $0.integer() }
        zoo.floats = exactly(3) { $0.float() }
        zoo.doubles = list(20) { $0.double() }
        zoo.bools = list(9) { $0.bool() }
        zoo.flags = exactly(2) { $0.bool() }
        zoo.animals = list(9) { $0.animal() }
        zoo.pets = exactly(2) { $0.animal() }
        zoo.leaves = list(5) { $0.leaf() }
        zoo.pair = exactly(2) { $0.leaf() }
        zoo.twig = list(4) { $0.leaf() }
    }

    private mutating func fillNames(_ zoo: inout Zoo) {
        zoo.text = text(32)
        zoo.fixed = exactly(5) { $0.integer() }
        zoo.bytes = list(7) { $0.integer() }
        zoo.label = text(16)
        zoo.labels = list(3) { $0.text(16) }
        zoo.two = exactly(2) { $0.text(16) }
        zoo.print = print()
        zoo.prints = list(4) { $0.print() }
        zoo.triple = triple()
        zoo.grid = grid()
        zoo.grids = list(2) { $0.grid() }
        zoo.curve = curve()
        zoo.curves = list(3) { $0.curve() }
    }
}
