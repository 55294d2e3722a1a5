import Diagnostics
import Foundation

extension Manifest {
    /// Reads `directory`/marionette.yaml against a catalog of targets.
    public static func load(
        directory: String, catalog: TargetCatalog
    ) throws(InventoryError) -> Manifest {
        let absolute = URL(fileURLWithPath: directory).standardizedFileURL.path
        let path = "\(absolute)/\(fileName)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw .manifestMissing(directory: directory)
        }
        let told = directory == "." ? fileName : "\(directory)/\(fileName)"
        let file = try YAMLFile.load(path: path, name: told)
        return try ManifestReader(file: file, directory: absolute, catalog: catalog).read()
    }
}

/// Reads one manifest. Faults of all its parts are told together.
struct ManifestReader {
    var reader: StrictReader
    let directory: String
    /// Of the worker, as far as it was read; nil: there is none.
    private(set) var language: Manifest.Worker.Language?
    let catalog: TargetCatalog
    /// What the rules make, by the name below `${OUT}`.
    var made: Set<String> = []

    private static let keys = [
        "application", "interface", "master", "worker", "programs", "libraries", "rules", "ssh",
        "hosts",
    ]

    init(file: YAMLFile, directory: String, catalog: TargetCatalog) {
        reader = StrictReader(file: file)
        self.directory = directory
        self.catalog = catalog
    }

    consuming func read() throws(InventoryError) -> Manifest {
        let root = reader.file.root
        let present = Set(root.mapping?.compactMap { $0.key.scalar?.string } ?? [])
        let parallel = ["interface", "master", "worker"]
        let isParallel = !present.contains("programs") || !present.isDisjoint(with: parallel)
        let fields = reader.fields(
            of: root, in: "the manifest", known: Self.keys,
            required: isParallel ? ["application"] + parallel : [])
        let name = applicationName(fields["application"])
        let interface = interfaceFile(fields["interface"])
        let master = masterProduct(fields["master"])
        let rules = rules(fields["rules"])
        let libraries = libraries(fields["libraries"])
        let worker = worker(fields["worker"], libraries)
        let ssh = sshConfiguration(fields["ssh"])
        let hosts = hosts(fields["hosts"])
        let programs = programs(fields["programs"], libraries, hosts)
        try reader.finish()
        var manifest = Manifest(
            directory: directory, name: name ?? Manifest.unnamed, hosts: hosts)
        if isParallel {
            guard let interface, let master, let worker else {
                throw .unreadable(file: reader.file.name, reason: "it is incomplete")
            }
            manifest.application = Manifest.Application(
                interface: interface, masterProduct: master, worker: worker)
        }
        manifest.programs = programs
        manifest.libraries = libraries
        manifest.rules = rules
        (manifest.sshConfiguration, manifest.sshFault) = ssh
        return manifest
    }

    private mutating func applicationName(_ node: YAMLNode?) -> String? {
        guard let node, let name = reader.text(node, "application") else { return nil }
        let isName =
            name.first?.isLetter == true
            && name.utf8.allSatisfy { $0.isLetterOrDigit || $0 == 0x5f || $0 == 0x2d }
        guard isName else {
            reader.fault(
                at: node, "application '\(name)' is no name",
                notes: ["a name begins with a letter; letters, digits, '-' and '_' follow"])
            return nil
        }
        return name
    }

    private mutating func interfaceFile(_ node: YAMLNode?) -> String? {
        guard let node, let path = reader.text(node, "interface") else { return nil }
        guard path.hasSuffix(".x") else {
            reader.fault(at: node, "interface '\(path)' is no .x file")
            return nil
        }
        return existing(path, at: node) ? path : nil
    }

    private mutating func masterProduct(_ node: YAMLNode?) -> String? {
        guard let node else { return nil }
        let fields = reader.fields(
            of: node, in: "'master'", known: ["product"], required: ["product"])
        return reader.text(fields["product"], "product")
    }

    private mutating func worker(
        _ node: YAMLNode?, _ libraries: [Library]
    ) -> Manifest.Worker? {
        guard let node else { return nil }
        let fields = reader.fields(
            of: node, in: "'worker'", known: ["language"] + Self.codeKeys,
            required: ["language", "sources"])
        let language: Manifest.Worker.Language? = reader.choice(
            fields["language"], "language", alsoCalled: Manifest.Worker.Language.otherNames)
        self.language = language
        let code = code(fields, of: language ?? .c, libraries)
        return language.map { Manifest.Worker(language: $0, code: code) }
    }

    /// The path, and what is wrong with it. A file that is missing may be made before a host is
    /// reached, so it is no fault of the manifest yet.
    private mutating func sshConfiguration(_ node: YAMLNode?) -> (path: String?, fault: Diagnostic?)
    {
        guard let node else { return (nil, nil) }
        let fields = reader.fields(
            of: node, in: "'ssh'", known: ["configuration"], required: ["configuration"])
        guard let place = fields["configuration"], let path = reader.text(place, "configuration")
        else { return (nil, nil) }
        let url = URL(fileURLWithPath: path, relativeTo: base).standardizedFileURL
        return (url.path, missing(path, at: place))
    }

    private var base: URL { URL(fileURLWithPath: directory, isDirectory: true) }

    /// Whether a file is there; what is missing is a fault.
    mutating func existing(_ path: String, at node: YAMLNode) -> Bool {
        guard let fault = missing(path, at: node) else { return true }
        reader.add(fault)
        return false
    }

    /// What is told of a file that is not there, with its neighbour in that directory; nil: it is
    /// there.
    func missing(_ path: String, at node: YAMLNode) -> Diagnostic? {
        let url = URL(fileURLWithPath: path, relativeTo: base)
        let place = reader.file.place(of: node)
        if let kind = RegularFile.otherKind(url.path) {
            return Diagnostic(summary: "'\(path)' is \(kind)", place: place)
        }
        if FileManager.default.fileExists(atPath: url.path) { return nil }
        let directory = url.deletingLastPathComponent().path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let neighbour = nearest(to: url.lastPathComponent, among: names)
        return Diagnostic(
            summary: "file '\(path)' does not exist", place: place,
            remedy: neighbour.map { "did you mean '\($0)'?" })
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self)
    }
}
