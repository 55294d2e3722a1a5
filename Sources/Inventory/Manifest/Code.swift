/// Sources, and how they become one program or library: what a worker, a program and a library of
/// the manifest have in common.
public struct Code: Hashable, Sendable {
    /// Relative to the project, sorted by their bytes. One that a rule makes is `${OUT}/NAME`.
    public var sources: [String]
    /// Arguments for the compilers, after those of the target. The linker gets those that it has to
    /// know as well.
    public var flags: Options
    /// Arguments for the link alone, behind the objects and in front of the libraries.
    public var linkFlags: Options
    /// Names of the manifest's libraries, or else names for `-l`; in the order of the link.
    public var libraries: [String]

    public init(
        sources: [String], flags: Options = [], linkFlags: Options = [], libraries: [String] = []
    ) {
        self.sources = sources
        self.flags = flags
        self.linkFlags = linkFlags
        self.libraries = libraries
    }
}

/// Arguments of a command, some of which count in certain builds alone.
///
///     flags: [-DA]                       # always
///     flags:
///       all: [-DA]
///       c++: [-std=c++20]                # sources in C++
///       s390x-linux-musl: [-DSLOW_CLOCK]
///       debug: [-DCHECKS]                # marionette build --profile debug
public struct Options: Hashable, Sendable, ExpressibleByArrayLiteral {
    public struct Group: Hashable, Sendable {
        /// nil: always.
        public var condition: String?
        public var values: [String]
    }

    /// In the order of the manifest.
    public var groups: [Group]

    public init(groups: [Group]) { self.groups = groups }
    public init(_ values: [String]) {
        groups = values.isEmpty ? [] : [Group(condition: nil, values: values)]
    }
    public init(arrayLiteral values: String...) { self.init(values) }

    /// The condition that stands for none.
    static let always = "all"

    /// - Parameter holding: the conditions that are met.
    public func values(holding: Set<String> = []) -> [String] {
        groups.filter { $0.condition.map(holding.contains) ?? true }.flatMap(\.values)
    }
}

/// What a file's name says of what is in it.
public enum SourceKind: String, Hashable, Sendable, CaseIterable {
    case c
    case cxx = "c++"
    /// Assembly that goes through the preprocessor.
    case assembly
    /// Assembly as it is.
    case plainAssembly
    case zig
    case swift
    /// Compiled already: linked as it is.
    case object

    public var suffixes: [String] {
        switch self {
        case .c: [".c"]
        case .cxx: [".cc", ".cpp", ".cxx"]
        case .assembly: [".S"]
        case .plainAssembly: [".s"]
        case .zig: [".zig"]
        case .swift: [".swift"]
        case .object: [".o", ".a"]
        }
    }

    /// nil: no source.
    public init?(of file: String) {
        let kind = Self.allCases.first { kind in kind.suffixes.contains { file.hasSuffix($0) } }
        guard let kind else { return nil }
        self = kind
    }
}

/// How a build is made.
public enum Profile: String, Hashable, Sendable, CaseIterable {
    /// For debuggers: not optimised.
    case debug
    case release
    /// Stops where the language does not say what happens: UndefinedBehaviorSanitizer.
    case sanitize
}
