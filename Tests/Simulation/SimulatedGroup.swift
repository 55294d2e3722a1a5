/// What the driver of a scheduler knows of an operation, which may stand for several of the program.
struct SimulatedGroup {
    let step: Int
    /// Submitted as a group, and not one that left its group.
    let isGroup: Bool
    /// The members without an answer.
    var open: Set<Int>
    /// What workers took for the others.
    private(set) var microseconds: UInt64 = 0

    init(step: Int, open: Set<Int>) {
        self.step = step
        self.open = open
        isGroup = open.count > 1
    }

    /// Whether the member's answer is the first one.
    mutating func take(_ member: Int, _ time: UInt64) -> Bool {
        guard open.remove(member) != nil else { return false }
        microseconds += time
        return true
    }
}
