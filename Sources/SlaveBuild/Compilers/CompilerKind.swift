import Inventory

/// What commands have or lack depending on the kind of compiler.
extension Compiler {
    /// What stands for the project's directory where a compiler notes in which one it worked. gcc
    /// finds it among the mapped prefixes.
    var compilationDirectory: [String] {
        toolchain.kind == .gcc ? [] : ["-ffile-compilation-dir=/marionette"]
    }

    /// Remarks name files as if their names were whole: what shows them shortens them for who reads
    /// them. gcc names them as the command line does, relative to the project.
    var wholeNames: [String] {
        toolchain.kind == .gcc ? [] : ["-fdiagnostics-absolute-paths"]
    }

    var linkage: [String] {
        switch target.recipe.link {
        case .static: ["-static"]
        case .dynamic: []
        }
    }

    var environment: [String: String] {
        switch toolchain.kind {
        // The local cache would otherwise be made in the current directory.
        case .zig: ["ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache]
        // Its remarks are read: their words must not depend on the user's language.
        case .gcc, .clang: ["LC_ALL": "C"]
        }
    }

    /// What stands for the program's content: another version compiles everything again.
    var tool: String { "\(toolchain.kind.rawValue) \(toolchain.identity)" }
}
