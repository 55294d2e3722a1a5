import Digests
import Foundation
import Inventory

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
///       <target>/programs/NAME.elf, <target>/bin/NAME      each program, linked and stripped
///       <target>/libraries/NAME/  libNAME.a; of a project its script, its build and what it installs
///       <target>/generated/RULE/  what rules make for the target; generated/RULE/ for all targets
///       master/                   the master, unless SwiftPM builds it in the project's `.build`
///
/// Another profile than release has a directory of its own, `.marionette/build-debug`.
public struct BuildPaths: Hashable, Sendable {
    /// The project's directory.
    public let directory: String
    public let profile: Profile

    public init(directory: String, profile: Profile = .release) {
        self.directory = directory
        self.profile = profile
    }

    public var root: String {
        "\(directory)/.marionette/build" + (profile == .release ? "" : "-\(profile.rawValue)")
    }
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
    /// Where a rule writes: a directory of its own, which is emptied before the rule runs.
    func generated(by rule: String) -> String { "\(root)/generated/\(rule)" }
    func generated(_ target: String, by rule: String) -> String {
        "\(self.target(target))/generated/\(rule)"
    }
    func libraries(_ target: String) -> String { "\(self.target(target))/libraries" }
    func library(_ target: String, _ name: String) -> String {
        "\(self.target(target))/libraries/\(name)"
    }
    func archive(_ target: String, _ name: String) -> String {
        "\(library(target, name))/lib\(name).a"
    }
    /// Where a project is installed to.
    func installation(_ target: String, _ name: String) -> String {
        "\(library(target, name))/installed"
    }
    func programElf(_ target: String, _ name: String) -> String {
        "\(self.target(target))/programs/\(name).elf"
    }
    func programIdentity(_ target: String, _ name: String) -> String {
        "\(self.target(target))/programs/\(name).identity"
    }
    func programBuildId(_ target: String, _ name: String) -> String {
        "\(self.target(target))/programs/\(name).build-id"
    }
    /// A program as it is in a bundle.
    public func program(_ target: String, _ name: String) -> String {
        "\(self.target(target))/bin/\(name)"
    }
    func identity(_ target: String) -> String { "\(self.target(target))/build_identity.c" }
    func elf(_ target: String) -> String { "\(self.target(target))/slave.elf" }
    func slave(_ target: String) -> String { "\(self.target(target))/slave" }
    func buildId(_ target: String) -> String { "\(self.target(target))/build-id" }
    func bundle(_ target: String) -> String { "\(self.target(target))/bundle.tar.gz" }
    public func manifest(_ target: String) -> String { "\(self.target(target))/manifest" }

    /// The unstripped ELF of any build that was made here and is still kept.
    public func debugFile(target: String, buildId: String) -> String {
        "\(self.target(target))/debug/\(buildId).elf"
    }

    /// The same, made in this profile or another; nil: it is not kept.
    public func anyDebugFile(target: String, buildId: String) -> String? {
        let others = Profile.allCases.map { BuildPaths(directory: directory, profile: $0) }
        return ([self] + others).map { $0.debugFile(target: target, buildId: buildId) }
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Where the master is built.
    public var masterScratch: MasterScratch {
        MasterScratch(directory: directory, profile: profile)
    }

    /// The master, where it was taken out of a directory that projects share.
    func master(_ product: String) -> String { "\(root)/master/\(product)" }

    func debugDirectory(_ target: String) -> String { "\(self.target(target))/debug" }
}
