/// What a step of an application's build is for. Steps name it as their group, by which progress is
/// counted.
public enum BuildPart: Hashable, Sendable {
    /// The code that is generated from the interface.
    case stubs
    /// What rules make for all targets.
    case rules
    /// The slave for one target, by the name of its architecture.
    case target(String)
    /// The master program.
    case master

    /// - Parameter group: a step's.
    public init(group: String) {
        switch group {
        case Self.stubs.group: self = .stubs
        case Self.rules.group: self = .rules
        case Self.master.group: self = .master
        default: self = .target(group)
        }
    }

    var group: String {
        switch self {
        case .stubs: "stubs"
        case .rules: "rules"
        case .target(let name): name
        case .master: "master"
        }
    }

    var isTarget: Bool { if case .target = self { true } else { false } }
}
