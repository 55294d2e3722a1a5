/// What each call of a link waits for, by xid. Nobody looks here for what is overdue: a host that is silent
/// is noticed by the scheduler.
///
/// Open addressing without a seeded hash, since xids are ours: on the path of every operation. They
/// are spread by a multiplication: as they count upwards, they would else stand in one row, which a
/// removal has to go through.
package struct AwaitedReplies {
    /// 0 where a place is free; no call has that xid. A power of two, at most half full.
    private var xids = ContiguousArray<UInt32>(repeating: 0, count: 64)
    private var values = ContiguousArray(repeating: HostSession.Awaited.ping, count: 64)
    package private(set) var count = 0

    private var mask: Int { xids.count - 1 }

    /// Where the xid stands if nothing else does: 2³² divided by the golden ratio spreads neighbours.
    private func home(of xid: UInt32) -> Int { Int((xid &* 0x9e37_79b9) >> 8) & mask }

    package subscript(xid: UInt32) -> HostSession.Awaited? {
        get {
            place(of: xid).map { values[$0] }
        }
        set {
            if let newValue { insert(newValue, xid) } else { remove(xid) }
        }
    }

    @discardableResult
    package mutating func remove(_ xid: UInt32) -> HostSession.Awaited? {
        guard let place = place(of: xid) else { return nil }
        let value = values[place]
        count -= 1
        close(place)
        return value
    }

    /// The call that was made first.
    package var oldest: (xid: UInt32, awaited: HostSession.Awaited)? {
        let places = xids.indices.filter { xids[$0] != 0 }
        return places.min { xids[$0] < xids[$1] }.map { (xids[$0], values[$0]) }
    }

    package func all(where isWanted: (HostSession.Awaited) -> Bool) -> [UInt32] {
        xids.indices.filter { xids[$0] != 0 && isWanted(values[$0]) }.map { xids[$0] }
    }

    private func place(of xid: UInt32) -> Int? {
        guard xid != 0 else { return nil }
        var place = home(of: xid)
        while xids[place] != xid {
            guard xids[place] != 0 else { return nil }
            place = (place + 1) & mask
        }
        return place
    }

    private mutating func insert(_ value: HostSession.Awaited, _ xid: UInt32) {
        if let place = place(of: xid) {
            values[place] = value
            return
        }
        if 2 * (count + 1) > xids.count { grow() }
        count += 1
        put(value, xid)
    }

    private mutating func put(_ value: HostSession.Awaited, _ xid: UInt32) {
        var place = home(of: xid)
        while xids[place] != 0 { place = (place + 1) & mask }
        xids[place] = xid
        values[place] = value
    }

    private mutating func grow() {
        let old = (xids, values)
        xids = ContiguousArray(repeating: 0, count: 2 * old.0.count)
        values = ContiguousArray(repeating: .ping, count: 2 * old.0.count)
        for place in old.0.indices where old.0[place] != 0 { put(old.1[place], old.0[place]) }
    }

    /// Moves those back that stand behind the hole because it was taken when they came.
    private mutating func close(_ hole: Int) {
        var hole = hole
        var place = (hole + 1) & mask
        while xids[place] != 0 {
            let wanted = home(of: xids[place])
            if (place - wanted) & mask >= (place - hole) & mask {
                xids[hole] = xids[place]
                values[hole] = values[place]
                hole = place
            }
            place = (place + 1) & mask
        }
        xids[hole] = 0
    }
}
