import Diagnostics
import Foundation

/// The targets that come with Marionette, and those of a project: files in `Targets` beside its
/// manifest.
public struct TargetCatalog: Hashable, Sendable {
    public var data: DataDirectory
    /// Sorted by name.
    public private(set) var targets: [Target]
    /// What is wrong with files that can't be read, by the name of their target. They stop nobody who
    /// does not use it.
    public private(set) var faults: [String: InventoryError]
    /// The target that this machine runs itself.
    public private(set) var native: Target?

    public init(
        data: DataDirectory, targets: [Target], faults: [String: InventoryError] = [:]
    ) {
        self.init(data: data, targets: targets, faults: faults, here: Machine.here) { _ in true }
    }

    /// - Parameters:
    ///   - here: this machine.
    ///   - isBuildable: whether a toolchain is here; asked only where there is a choice.
    init(
        data: DataDirectory, targets: [Target], faults: [String: InventoryError] = [:],
        here: Machine, isBuildable: (Target) -> Bool
    ) {
        self.data = data
        self.faults = faults
        self.targets = Self.labelled(targets.sorted { $0.name < $1.name })
        let choices = Self.natives(of: here, among: self.targets)
        native = choices.count < 2 ? choices.first : choices.first(where: isBuildable) ?? choices[0]
    }

    /// Finds the data directory, and reads every target file there and in a project.
    ///
    /// - Parameters:
    ///   - project: the directory of a manifest.
    ///   - shownAs: how messages name that directory.
    public static func load(
        project: String? = nil, shownAs: String = "."
    ) throws(InventoryError) -> TargetCatalog {
        try load(data: DataDirectory.find(), project: project, shownAs: shownAs)
    }

    /// Reads every target file of `data`, and of a project.
    public static func load(
        data: DataDirectory, project: String? = nil, shownAs: String = "."
    ) throws(InventoryError) -> TargetCatalog {
        guard let shipped = names(in: data.targets) else {
            throw .dataMissing(searched: [data.targets])
        }
        var targets: [Target] = []
        var faults: [String: InventoryError] = [:]
        func read(_ name: String, in directory: String, shownAs shown: String, isOwn: Bool) {
            do throws(InventoryError) {
                targets.append(
                    try Target.load(
                        file: "\(directory)/\(name).yaml", shownAs: "\(shown)/\(name).yaml",
                        isOwn: isOwn))
            } catch {
                faults[name] = error
            }
        }
        for name in shipped { read(name, in: data.targets, shownAs: data.targets, isOwn: false) }
        if let project {
            let directory = "\(project)/Targets"
            let shown = shownAs == "." ? "Targets" : "\(shownAs)/Targets"
            // The directory of the checkout itself is no project.
            let own = sameFile(directory, data.targets) ? [] : names(in: directory) ?? []
            for name in own {
                if shipped.contains(name) {
                    faults[name] = .targetTaken(name: name, file: "\(shown)/\(name).yaml")
                } else {
                    read(name, in: directory, shownAs: shown, isOwn: true)
                }
            }
        }
        let search = ToolchainSearch(data: data)
        return TargetCatalog(data: data, targets: targets, faults: faults, here: .here) { target in
            target.recipes.contains { search.find($0, for: target) != nil }
        }
    }

    public var names: [String] { targets.map(\.name) }

    /// With a target of which no more is known than its name.
    func expecting(_ name: String) -> TargetCatalog {
        guard faults[name] == nil, !names.contains(name) else { return self }
        var catalog = self
        catalog.targets.append(
            Target(
                name: name, machines: [], endianness: .little, wordBits: 64,
                recipes: [TargetRecipe(toolchain: .gcc, triple: name, flags: [])]))
        return catalog
    }

    /// The target of that name; an unknown one is told with its neighbour.
    public func target(named name: String) throws(InventoryError) -> Target {
        if let fault = faults[name] { throw fault }
        guard let target = targets.first(where: { $0.name == name }) else {
            throw .unknownTarget(name: name, known: names)
        }
        return target
    }

    /// The targets that a machine can run, the one to be taken first.
    ///
    /// What comes with Marionette precedes a project's own, so that adding one changes nothing; what
    /// needs no C library of the host precedes what does; what is made for just this machine
    /// precedes what runs there too.
    static func natives(of here: Machine, among targets: [Target]) -> [Target] {
        targets.filter { here.runs($0) }.sorted { rank($0, here) < rank($1, here) }
    }

    private static func rank(_ target: Target, _ here: Machine) -> (Int, Int, Int, String) {
        (
            target.isOwn ? 1 : 0, target.recipes[0].link == .static ? 0 : 1,
            target.machines.firstIndex(of: here.name) ?? target.machines.count, target.name
        )
    }

    /// The target of hosts where `uname -m` says `machine`.
    public func target(machine: String) -> Target? {
        let fitting = targets.filter { $0.machines.contains(machine) }
        let here = Machine(name: machine, isBigEndian: false, wordBits: .max)
        return fitting.min { Self.rank($0, here) < Self.rank($1, here) }
    }

    /// Names that mean something else where targets' are used: in a build's directory, and in what
    /// it shows.
    static let reserved: Set = ["generated", "log", "master", "rules", "stubs"]

    /// What `uname -m` says here.
    public static var machineHere: String { Machine.here.name }

    /// Targets with the name that displays show: a part of it that two targets have is one's alone.
    private static func labelled(_ targets: [Target]) -> [Target] {
        func rank(_ target: Target) -> (Int, Int, Int, String) {
            let first = target.recipes[0]
            return (
                target.isOwn ? 1 : 0, first.toolchain == .zig ? 0 : 1,
                first.link == .static ? 0 : 1, target.name
            )
        }
        var taken = reserved
        var labels: [String: String] = [:]
        for target in targets.sorted(by: { rank($0) < rank($1) }) {
            let isFree = taken.insert(target.architecture).inserted
            labels[target.name] = isFree ? target.architecture : target.name
        }
        return targets.map { target in
            var target = target
            target.architecture = labels[target.name] ?? target.name
            return target
        }
    }

    /// The names of the targets in a directory; nil: it can't be read.
    private static func names(in directory: String) -> [String]? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            return nil
        }
        let suffix = ".yaml"
        return names.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }.sorted()
            .map { String($0.dropLast(suffix.count)) }
    }

    private static func sameFile(_ left: String, _ right: String) -> Bool {
        let paths = [left, right].map {
            URL(fileURLWithPath: $0).standardizedFileURL.resolvingSymlinksInPath().path
        }
        return paths[0] == paths[1]
    }
}

/// A machine, as far as it decides which targets it runs.
struct Machine {
    /// What `uname -m` says.
    var name: String
    var isBigEndian: Bool
    var wordBits: Int

    /// `uname -m` alone does not tell: it says `mips` for both orders of bytes.
    func runs(_ target: Target) -> Bool {
        target.machines.contains(name) && (target.endianness == .big) == isBigEndian
            && target.wordBits <= wordBits
    }

    static var here: Machine {
        var names = utsname()
        let name =
            uname(&names) != 0
            ? ""
            : withUnsafeBytes(of: names.machine) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
        return Machine(
            name: name, isBigEndian: UInt16(1).bigEndian == 1, wordBits: Int.bitWidth)
    }
}
