/// An executable of the user's own that is no worker: a daemon, a benchmark, a tool.
public struct Program: Hashable, Sendable {
    /// Its file's name in a bundle, below `bin`.
    public var name: String
    public var code: Code
    /// The names of the targets that it is built for; nil: all.
    public var targets: Set<String>?

    public init(name: String, code: Code, targets: Set<String>? = nil) {
        self.name = name
        self.code = code
        self.targets = targets
    }

    public func isFor(_ target: String) -> Bool { targets?.contains(target) ?? true }
}

/// What workers and programs are linked with, beyond what every system has.
public struct Library: Hashable, Sendable {
    public enum Origin: Hashable, Sendable {
        /// Files that exist: by the target's name.
        case files([String: [String]])
        /// Compiled with the rest.
        case code(Code)
        /// A directory with a build of its own.
        case project(Project)
    }

    /// A directory with a build of its own, which is done for each target.
    public struct Project: Hashable, Sendable {
        public enum Tool: String, Hashable, Sendable, CaseIterable {
            case cmake, meson, autotools, make
        }

        public var tool: Tool
        /// Relative to the manifest's.
        public var directory: String
        /// Arguments of the configuration, or of make.
        public var options: [String]
        /// The archives that are linked, below the directory that the project is installed to, in
        /// the order of the link.
        public var products: [String]

        public init(tool: Tool, directory: String, options: [String] = [], products: [String]) {
            self.tool = tool
            self.directory = directory
            self.options = options
            self.products = products
        }
    }

    public var name: String
    public var origin: Origin
    /// Directories of headers: below the manifest's, or, of a project, below the one that it is
    /// installed to.
    public var includes: [String]
    /// Names of other libraries that this one stands on, as in `Code.libraries`.
    public var libraries: [String]

    public init(name: String, origin: Origin, includes: [String] = [], libraries: [String] = []) {
        self.name = name
        self.origin = origin
        self.includes = includes
        self.libraries = libraries
    }
}

/// A step of the user's own.
public struct Rule: Hashable, Sendable {
    public enum Scope: String, Hashable, Sendable, CaseIterable {
        /// Its outputs are the same for all targets.
        case once
        case target
    }

    public var name: String
    public var scope: Scope
    /// Files, relative to the project; `${OUT}/NAME` is an output of another rule.
    public var inputs: [String]
    /// Names below the directory that `${OUT}` stands for.
    public var outputs: [String]
    /// A program and its arguments, with variables.
    public var command: [String]
    /// The name below `${OUT}` of a file in Makefile syntax that the command writes.
    public var depfile: String?

    public init(
        name: String, scope: Scope = .once, inputs: [String] = [], outputs: [String],
        command: [String], depfile: String? = nil
    ) {
        self.name = name
        self.scope = scope
        self.inputs = inputs
        self.outputs = outputs
        self.command = command
        self.depfile = depfile
    }

    /// What stands in commands as `${NAME}`.
    public enum Variable: String, Hashable, Sendable, CaseIterable {
        /// The directory of the outputs.
        case out = "OUT"
        /// The project's directory.
        case project = "PROJECT"
        /// The target's name, and programs that compile for it.
        case target = "TARGET"
        case cc = "CC"
        case cxx = "CXX"
        case ar = "AR"

        /// It has a value for each target, and none where a rule is for all at once.
        public var isOfTarget: Bool {
            switch self {
            case .out, .project: false
            case .target, .cc, .cxx, .ar: true
            }
        }
    }

    /// The names in `${…}`, in order.
    static func variables(in word: String) -> [String] {
        word.matches(of: /\$\{([A-Za-z_]*)\}/).map { String($0.output.1) }
    }

    /// The command with values in the places of its variables; what has none stays as it is.
    public func command(_ values: [Variable: String]) -> [String] {
        command.map { word in
            values.reduce(word) { $0.replacing("${\($1.key.rawValue)}", with: $1.value) }
        }
    }
}
