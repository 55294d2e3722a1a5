import Inventory

extension ApplicationBuild {
    /// Throws where a worker in C++ is to be built for a target whose compiler of C stands alone.
    static func checkCxx(
        _ manifest: Manifest, _ resolved: [(target: Target, toolchain: Toolchain)],
        _ data: DataDirectory
    ) throws(InventoryError) {
        let code =
            (manifest.application.map { [$0.worker.code] } ?? []) + manifest.programs.map(\.code)
        let isCxx =
            manifest.application?.worker.language == .cxx
            || code.contains { $0.sources.contains { SourceKind(of: $0) == .cxx } }
        guard isCxx else { return }
        for (target, toolchain) in resolved where toolchain.cxxPath == nil {
            throw .notBuildable(
                target: target.name,
                reasons: ["\(toolchain.told) in '\(toolchain.path)' has no C++ compiler beside it"],
                remedy: ToolchainSearch(data: data).remedy(for: target))
        }
    }
}
