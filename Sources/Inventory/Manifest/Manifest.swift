import Diagnostics

/// A marionette.yaml, read and checked: names are known, files exist, folds and globs are unfolded.
///
///     application: raytracer
///     interface: raytracer.x
///     master: { product: raytracer }       # an executable of the Swift package in this directory
///     worker:
///       language: c                        # or c++, or swift: Embedded Swift
///       sources: [worker/*.c]              # `*` and `?` within a name, `**` through directories
///       flags: [-DQUALITY=2]               # none by default
///       libraries: [m]                     # none by default; linked statically
///     programs:
///       monitor: { sources: [monitor/*.cc], targets: [aarch64-linux-musl] }
///     libraries:
///       z: { project: cmake, directory: zlib, products: [lib/libz.a] }
///     rules:
///       table: { outputs: [table.c], command: [python3, table.py, "${OUT}/table.c"] }
///     ssh: { configuration: ssh_config }   # read instead of ~/.ssh/config, as `ssh -F` does
///     hosts:                               # none: this machine, a worker for each core
///       pi[1-4].local: { target: aarch64-linux-musl, user: pi, port: 22, address: 10.0.0.1 }
///       mainframe: { target: s390x-linux-musl, workers: 2, store: /var/tmp/marionette }
///       here: { via: local }
///       there: { target: s390x-linux-musl, via: local, emulator: [qemu-s390x-static] }
public struct Manifest: Hashable, Sendable {
    public static let fileName = "marionette.yaml"

    /// The sources of the slave's part of an application.
    public struct Worker: Hashable, Sendable {
        public enum Language: String, Hashable, Sendable, CaseIterable {
            case c
            case cxx = "c++"
            case swift

            public var name: String {
                switch self {
                case .c: "C"
                case .cxx: "C++"
                case .swift: "Swift"
                }
            }

            /// What others call it.
            static let otherNames: [String: Language] = [
                "cpp": .cxx, "cxx": .cxx, "cc": .cxx, "cplusplus": .cxx, "g++": .cxx,
                "ansi c": .c, "gcc": .c, "embedded swift": .swift,
            ]
        }

        /// That of the operations.
        public var language: Language
        public var code: Code

        public init(language: Language = .c, code: Code) {
            self.language = language
            self.code = code
        }
    }

    /// What makes a project a parallel program: absent where it only has programs.
    public struct Application: Hashable, Sendable {
        /// The interface file, relative to the directory.
        public var interface: String
        /// The executable product of the Swift package in the directory.
        public var masterProduct: String
        public var worker: Worker

        public init(interface: String, masterProduct: String, worker: Worker) {
            self.interface = interface
            self.masterProduct = masterProduct
            self.worker = worker
        }
    }

    /// The directory of the manifest, absolute.
    public var directory: String
    /// The application's, or else `project`: what messages and debugging information call it.
    public var name: String
    public var application: Application?
    /// In the order of the manifest. Never empty where there is no application.
    public var programs: [Program] = []
    /// In the order of the manifest.
    public var libraries: [Library] = []
    /// In the order of the manifest.
    public var rules: [Rule] = []
    /// The path of an ssh_config file, absolute; nil: the user's own.
    public var sshConfiguration: String?
    /// What is wrong with `ssh:` where its file is missing: no fault of a build, or of a run that
    /// reaches nobody. See `checkSSH`.
    public var sshFault: Diagnostic?
    /// In the order of the manifest; never empty.
    public var hosts: [HostEntry]

    public init(
        directory: String, name: String = unnamed, application: Application? = nil,
        hosts: [HostEntry]
    ) {
        self.directory = directory
        self.name = name
        self.application = application
        self.hosts = hosts
    }

    /// The name of a project without one. Not that of its directory: what is built must not depend on
    /// where that happens.
    public static let unnamed = "project"

    /// Reads `directory`/marionette.yaml and checks it against the targets that are installed.
    ///
    /// - Parameter directory: absolute, or relative to the current directory; messages name the
    /// file under it.
    public static func load(directory: String) throws(InventoryError) -> Manifest {
        try load(
            directory: directory,
            catalog: TargetCatalog.load(project: directory, shownAs: directory))
    }

    /// The same for whoever is about to write the file of a target, which hosts may have already.
    public static func load(
        directory: String, expecting target: String
    ) throws(InventoryError) -> Manifest {
        let catalog = try TargetCatalog.load(project: directory, shownAs: directory)
        return try load(directory: directory, catalog: catalog.expecting(target))
    }

    /// Throws where a host is to be reached through SSH and the file that `ssh:` names is missing.
    public func checkSSH() throws(InventoryError) {
        if let sshFault, hosts.contains(where: { $0.via == .ssh }) { throw .faults([sshFault]) }
    }

    /// A warning for each program that no host gets.
    public var idleProgramWarnings: [Diagnostic] {
        let needed = Set(targetNames)
        return programs.filter { $0.targets?.isDisjoint(with: needed) ?? false }.map { program in
            Diagnostic(
                severity: .warning,
                summary: "program '\(program.name)' is built for no host of the manifest",
                notes: ["it is for \((program.targets ?? []).sorted().joined(separator: ", "))"])
        }
    }

    /// The names of the targets that the hosts need, each once, sorted.
    public var targetNames: [String] { Set(hosts.map(\.target)).sorted() }
}
