/// What may go from stores: a decision; `Stores.remove` acts on it.
///
/// What stays: a bundle that is an application's current or previous one; one that a process uses on any
/// host that has the store; and, where not all of that is known, whatever is younger than a week. Marked as
/// damaged, only what is current or used stays. Of pushes that were cut off, what is older than a day goes.
public struct PrunePlan: Hashable, Sendable {
    public struct Removal: Hashable, Sendable {
        /// What is in `bundles` of the store.
        public var name: String
        public var bytes: Int

        public init(name: String, bytes: Int) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// Of each store, sorted by name.
    public private(set) var removals: [[Removal]]
    /// How many bundles stay of each only because nobody knows who uses them.
    public private(set) var unsure: [Int]

    /// - Parameters:
    ///   - inventories: of hosts, of which several may have the same store.
    ///   - areAllKnown: no host is missing that might have one of these stores.
    public init(_ inventories: [StoreInventory], areAllKnown: Bool) {
        removals = []
        unsure = []
        let groups = Dictionary(grouping: inventories.filter { $0.token != nil }) { $0.token }
        for inventory in inventories {
            let sharers = inventory.token.flatMap { groups[$0] } ?? [inventory]
            let used = Set(sharers.flatMap { ($0.processes ?? []).map(\.bundle) })
            let isKnown = areAllKnown && sharers.allSatisfy { $0.processes != nil }
            let current = Set(inventory.current.values)
            let previous = Set(inventory.previous.values)
            var unsureHere = 0
            let doomed = inventory.bundles.filter { bundle in
                let isDamaged = inventory.sizes[".damaged-\(bundle)"] != nil
                if current.contains(bundle) || used.contains(bundle) { return false }
                if previous.contains(bundle), !isDamaged { return false }
                let isSure = isKnown || inventory.weekOld.contains(bundle)
                if !isSure { unsureHere += 1 }
                return isSure
            }
            let stale = inventory.sizes.keys.filter { name in
                if name.hasPrefix(".incoming-") { return inventory.dayOld.contains(name) }
                guard name.hasPrefix(".damaged-") else { return false }
                let bundle = String(name.dropFirst(9))
                return inventory.sizes[bundle] == nil || doomed.contains(bundle)
            }
            removals.append(
                (doomed + stale).sorted().map {
                    Removal(name: $0, bytes: inventory.sizes[$0] ?? 0)
                })
            unsure.append(unsureHere)
        }
    }
}
