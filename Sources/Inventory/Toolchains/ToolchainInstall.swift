import Foundation

/// What to type where a compiler is missing.
extension ToolchainSearch {
    /// What would install the toolchain that a target is built with.
    public func remedy(for target: Target) -> String { remedy(for: target.recipe, of: target) }

    /// A command, or what can be said instead of one.
    func remedy(for recipe: TargetRecipe, of target: Target) -> String {
        switch recipe.toolchain {
        case .zig: return installZig
        case .gcc, .clang:
            guard let packages = packages(of: recipe, for: target) else {
                return advice(on: recipe, of: target)
            }
            let names = packages.joined(separator: " ")
            guard !programs("apt-get").isEmpty else {
                return "install '\(recipe.command)', which Debian has in \(names)"
            }
            return "\(superuser)apt-get install \(names)"
        }
    }

    /// Debian's packages that have a recipe's compiler, with a C library; nil: it is nobody's
    /// default compiler.
    private func packages(of recipe: TargetRecipe, for target: Target) -> [String]? {
        if let packages = recipe.packages { return packages }
        guard recipe.compiler == nil else { return nil }
        let isNative = Machine.here.runs(target)
        // Debian has cross compilers for its own ports, whose triples are GNU's.
        guard isNative || recipe.triple.contains("-linux-gnu") else { return nil }
        // The compiler of C++ brings all that a program is linked with; that of C only recommends it.
        let library = isNative ? "g++" : "g++-\(recipe.triple.replacing("_", with: "-"))"
        return recipe.toolchain == .clang ? ["clang", library] : [library]
    }

    /// Where nothing can be installed.
    private func advice(on recipe: TargetRecipe, of target: Target) -> String {
        let file = "Targets/\(target.name).yaml"
        guard let compiler = recipe.compiler else {
            return
                "name the compiler ('compiler'), or the triple of Debian's ('triple'), in \(file)"
        }
        guard compiler.contains("/") else {
            return "put '\(compiler)' on PATH, or correct 'compiler' in \(file)"
        }
        guard FileManager.default.fileExists(atPath: compiler) else {
            return "'\(compiler)' does not exist: correct 'compiler' in \(file)"
        }
        let said = ToolchainProbe.failure(of: [compiler, "--version"], in: "/")
        guard let line = said?.split(separator: "\n").first else {
            return
                "'\(compiler)' is no compiler that tells its version: correct 'compiler' in \(file)"
        }
        return "'\(compiler) --version' fails: \(line)"
    }

    private var installZig: String {
        if FileManager.default.fileExists(atPath: "\(directory)/Tools/setup") {
            return "make -C \(directory.quoted) setup"
        }
        let venv = ownVenv.quoted
        return "python3 -m venv \(venv) && \(venv)/bin/pip install ziglang"
    }

    private var superuser: String { geteuid() == 0 ? "" : "sudo " }
}

extension String {
    /// A word of a shell's command.
    fileprivate var quoted: String {
        let isPlain = utf8.allSatisfy { $0.isLetterOrDigit || "/._-+".utf8.contains($0) }
        return isPlain ? self : "'\(replacing("'", with: "'\\''"))'"
    }
}
