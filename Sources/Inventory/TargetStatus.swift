/// Whether this machine can build a target, and with what.
public struct TargetStatus: Hashable, Sendable {
    public var target: Target
    /// nil: missing, and `remedy` tells what to install.
    public var toolchain: Toolchain?
    public var remedy: String?
    /// This machine runs what is built for the target.
    public var isNative: Bool
    public var swift: SwiftStatus
}

extension TargetCatalog {
    /// Looks for the toolchain of each target; every kind is looked for once.
    public func statuses() -> [TargetStatus] {
        let search = ToolchainSearch(data: data)
        let swift = SwiftToolchain.find()
        var found: [Toolchain.Kind: Toolchain?] = [:]
        return targets.map { target in
            let kind = target.toolchain
            let toolchain = found[kind] ?? search.find(kind)
            found[kind] = .some(toolchain)
            return TargetStatus(
                target: target, toolchain: toolchain,
                remedy: toolchain == nil ? search.remedy(for: kind) : nil,
                isNative: target == native,
                swift: SwiftStatus(of: target, with: swift))
        }
    }
}
