import Foundation

/// The targets of this installation.
public struct TargetCatalog: Hashable, Sendable {
    public var data: DataDirectory
    /// Sorted by name.
    public var targets: [Target]

    public init(data: DataDirectory, targets: [Target]) {
        self.data = data
        self.targets = targets.sorted { $0.name < $1.name }
    }

    /// Finds the data directory and reads every target file.
    public static func load() throws(InventoryError) -> TargetCatalog {
        try load(data: DataDirectory.find())
    }

    /// Reads every target file of `data`.
    public static func load(data: DataDirectory) throws(InventoryError) -> TargetCatalog {
        let directory = data.targets
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw .dataMissing(searched: [directory])
        }
        var targets: [Target] = []
        for name in names.sorted() where name.hasSuffix(".yaml") {
            targets.append(try Target.load(file: "\(directory)/\(name)"))
        }
        return TargetCatalog(data: data, targets: targets)
    }

    public var names: [String] { targets.map(\.name) }

    /// The target of that name; an unknown one is told with its neighbour.
    public func target(named name: String) throws(InventoryError) -> Target {
        guard let target = targets.first(where: { $0.name == name }) else {
            throw .unknownTarget(name: name, known: names)
        }
        return target
    }

    /// The target that this machine runs itself.
    public var native: Target? { target(machine: Self.machineHere) }

    /// The target of hosts where `uname -m` says `machine`.
    public func target(machine: String) -> Target? {
        targets.first { $0.machines.contains(machine) }
    }

    /// What `uname -m` says here.
    public static var machineHere: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: names.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
