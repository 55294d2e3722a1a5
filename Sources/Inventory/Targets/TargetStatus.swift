/// Whether this machine can build a target, and with what.
public struct TargetStatus: Hashable, Sendable {
    /// One of the ways to build it.
    public struct Option: Hashable, Sendable {
        public var recipe: TargetRecipe
        /// nil: missing.
        public var toolchain: Toolchain?
        /// Why the toolchain that is here can't build the target; nil: it can, or it is missing.
        public var reason: String?
        /// What would install what is missing, mostly a command; nil: nothing would.
        public var remedy: String?

        public var works: Bool { toolchain != nil && reason == nil }
    }

    /// Built as the first way that works says, or else as the first of all.
    public var target: Target
    /// In order of preference; never empty.
    public var options: [Option]
    /// This machine runs what is built for the target, and takes it where a manifest names none.
    public var isNative: Bool
    public var swift: SwiftStatus

    public var chosen: Option? { options.first { $0.works } }
    /// nil: the target can't be built here.
    public var toolchain: Toolchain? { chosen?.toolchain }

    /// What keeps this machine from building the target; nil: nothing does.
    public var fault: InventoryError? {
        chosen == nil ? Self.fault(of: target, options) : nil
    }

    static func fault(of target: Target, _ options: [Option]) -> InventoryError {
        let reasons = options.compactMap { option -> String? in
            guard let toolchain = option.toolchain, let reason = option.reason else { return nil }
            return "\(toolchain.told): \(reason)"
        }
        return .notBuildable(
            target: target.name, reasons: reasons, remedy: options.compactMap(\.remedy).first)
    }
}

extension TargetCatalog {
    /// Looks for the toolchains of each target, and tries whether they can build it.
    public func statuses() -> [TargetStatus] {
        let swift = SwiftToolchain.find()
        let options = ToolchainSearch(data: data).options(for: targets)
        return zip(targets, options).map { target, options in
            let chosen = options.first { $0.works } ?? options[0]
            return TargetStatus(
                target: target.built(by: chosen.recipe), options: options,
                isNative: target.name == native?.name,
                swift: SwiftStatus(of: target, with: swift))
        }
    }
}

extension ToolchainSearch {
    /// The ways to build each target, tried; what several ask for is looked for once.
    func options(for targets: [Target]) -> [[TargetStatus.Option]] {
        var found: [String: Toolchain?] = [:]
        return targets.map { target in
            target.recipes.map { recipe in
                // Which gcc it is depends on the target where the file names none.
                let key = "\(recipe.toolchain) \(recipe.command) \(recipe.cxxCompiler ?? "")"
                let toolchain = found[key] ?? find(recipe, for: target)
                found[key] = .some(toolchain)
                return option(recipe, of: target, with: toolchain)
            }
        }
    }

    private func option(
        _ recipe: TargetRecipe, of target: Target, with toolchain: Toolchain?
    ) -> TargetStatus.Option {
        guard let toolchain else {
            return TargetStatus.Option(
                recipe: recipe, remedy: remedy(for: recipe, of: target))
        }
        let probe = ToolchainProbe(target: target, recipe: recipe, toolchain: toolchain)
        let reason = probe.reason()
        // Debian's compilers may be here without what programs are linked with.
        let lacksFiles = reason != nil && recipe.toolchain != .zig && recipe.compiler == nil
        return TargetStatus.Option(
            recipe: recipe, toolchain: toolchain, reason: reason,
            remedy: lacksFiles ? remedy(for: recipe, of: target) : nil)
    }

    /// How each target is built here.
    ///
    /// - Throws: where one can't be: why, and what to install.
    public func resolve(
        _ targets: [Target]
    ) throws(InventoryError) -> [(target: Target, toolchain: Toolchain)] {
        var resolved: [(target: Target, toolchain: Toolchain)] = []
        for (target, options) in zip(targets, options(for: targets)) {
            guard let chosen = options.first(where: \.works), let toolchain = chosen.toolchain
            else {
                throw TargetStatus.fault(of: target, options)
            }
            resolved.append((target.built(by: chosen.recipe), toolchain))
        }
        return resolved
    }
}
