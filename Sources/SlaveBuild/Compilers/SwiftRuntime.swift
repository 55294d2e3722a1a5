import Inventory

/// What slaves with a worker in Swift have besides the runtime in C: the bridge (C) and two modules
/// of Embedded Swift. They come as sources, like the rest, since a module of Embedded Swift is good
/// for one target and one compiler.
struct SwiftRuntime: Sendable {
    let data: DataDirectory
    let toolchain: SwiftToolchain

    static let bridgeModule = "CWorkerBridge"
    /// In the order in which they import each other.
    static let swiftModules = ["XDRCoding", "MarionetteWorker"]
    static let modules = [bridgeModule] + swiftModules
    static let bridgeSources = ["worker_abi.c", "worker_bridge.c", "worker_library.c"]

    var bridge: String { data.sources(ofModule: Self.bridgeModule) }

    /// The headers that modules import; a change of one compiles them again.
    var bridgeHeaders: [String] {
        ["module.modulemap", "worker_bridge.h", "worker_library.h"].map {
            "\(bridge)/include/\($0)"
        }
    }

    func directory(of module: String) -> String { data.sources(ofModule: module) }

    /// Relative to its directory.
    func sources(of module: String) -> [String] {
        SourceGlob("**/*.swift").matches(
            in: directory(of: module), max: InventoryLimits.sourcesMax)
    }
}
