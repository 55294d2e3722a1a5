import Digests

/// Where the build of a project keeps what it makes; all of it may be removed at any time.
///
///     .marionette/build/
///       log                       what was done (see BuildGraph)
///       stubs/                    generated C, the same for all targets
///       <target>/obj/             objects and depfiles; swift/ in it where the worker is in Swift
///       <target>/slave.elf        linked, with debugging information
///       <target>/slave            stripped
///       <target>/build-id
///       <target>/bundle.tar.gz    and its `manifest` beside it
///       <target>/debug/<build-id>.elf
///       master/                   the master, unless SwiftPM builds it in the project's `.build`
public struct BuildPaths: Hashable, Sendable {
    /// The project's directory.
    public let directory: String

    public init(directory: String) { self.directory = directory }

    public var root: String { "\(directory)/.marionette/build" }
    public var log: String { "\(root)/log" }
    public var stubs: String { "\(root)/stubs" }
    var interfaceHash: String { "\(stubs)/interface-hash" }

    public func target(_ name: String) -> String { "\(root)/\(name)" }
    func object(_ target: String, _ name: String) -> String {
        "\(self.target(target))/obj/\(name).o"
    }
    /// What swiftc writes of a module, and the tables that are linked with it.
    func swiftObject(_ target: String, _ module: String) -> String {
        "\(self.target(target))/obj/swift/\(module).o"
    }
    func swiftModule(_ target: String, _ module: String) -> String {
        "\(self.target(target))/obj/swift/\(module).swiftmodule"
    }
    func unicodeTables(_ target: String) -> String { "\(self.target(target))/obj/swift/unicode.a" }
    func identity(_ target: String) -> String { "\(self.target(target))/build_identity.c" }
    func elf(_ target: String) -> String { "\(self.target(target))/slave.elf" }
    func slave(_ target: String) -> String { "\(self.target(target))/slave" }
    func buildId(_ target: String) -> String { "\(self.target(target))/build-id" }
    func bundle(_ target: String) -> String { "\(self.target(target))/bundle.tar.gz" }
    func manifest(_ target: String) -> String { "\(self.target(target))/manifest" }

    /// The unstripped ELF of any build that was made here and is still kept.
    public func debugFile(target: String, buildId: String) -> String {
        "\(self.target(target))/debug/\(buildId).elf"
    }

    /// Where the master is built.
    public var masterScratch: MasterScratch { MasterScratch(directory: directory) }

    /// The master, where it was taken out of a directory that projects share.
    func master(_ product: String) -> String { "\(root)/master/\(product)" }

    func debugDirectory(_ target: String) -> String { "\(self.target(target))/debug" }
}
