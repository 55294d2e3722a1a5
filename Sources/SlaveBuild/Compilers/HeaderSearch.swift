import BuildGraph
import Foundation

/// Where a compiler of C or C++ looks for the files that a source names, as far as its command line
/// says it.
struct HeaderSearch: Sendable {
    /// What relative names are relative to.
    private let directory: String
    /// The toolchain's own files: its version stands for them.
    private let installation: String
    /// In the order of the search: those for names in quotes alone, then the others.
    private var quoted: [String] = []
    private var angled: [String] = []
    private var last: [String] = []
    /// Files that the command line includes.
    private var included: [String] = []
    private var definitions: [String] = []
    private let scans: SourceScans

    /// - Parameter arguments: of the command; what files of options hold counts too.
    init(
        arguments: [String], directory: String, installation: String, scans: SourceScans
    ) {
        self.directory = directory
        self.installation = installation
        self.scans = scans
        var system: [String] = []
        let words = Self.words(OptionFiles(directory: directory).expand(arguments))
        var index = 0
        while index < words.count {
            defer { index += 1 }
            guard let kind = Self.kinds.first(where: { words[index].hasPrefix($0.word) }) else {
                continue
            }
            var value = String(words[index].dropFirst(kind.word.count))
            if value.isEmpty {
                index += 1
                guard index < words.count else { break }
                value = words[index]
            }
            switch kind.kind {
            case .quoted: quoted.append(value)
            case .angled: angled.append(value)
            case .system: system.append(value)
            case .last: last.append(value)
            case .included: included.append(value)
            case .definition: definitions.append(value)
            }
        }
        angled += system
    }

    private enum Kind { case quoted, angled, system, last, included, definition }

    /// A word that another one begins with stands behind that.
    private static let kinds: [(word: String, kind: Kind)] = [
        ("-iquote", .quoted), ("-I", .angled), ("--include-directory=", .angled),
        ("--include-directory", .angled), ("-isystem-after", .last), ("-isystem", .system),
        ("-cxx-isystem", .system), ("-stdlib++-isystem", .system), ("-idirafter", .last),
        ("-include", .included), ("-imacros", .included), ("-D", .definition),
    ]

    /// The options that compilers hand on to their parts are theirs, too.
    private static func words(_ options: [String]) -> [String] {
        options.flatMap { option -> [String] in
            guard option.hasPrefix("-Wp,") else { return [option] }
            return option.split(separator: ",").dropFirst().map(String.init)
        }.filter { $0 != "-Xclang" && $0 != "-Xpreprocessor" }
    }

    private func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
        return URL(fileURLWithPath: whole).standardizedFileURL.path
    }

    /// What a compile depends on.
    ///
    /// - Parameter named: the files that its depfile names, the toolchain's among them.
    func discovery(_ named: [String]) -> Step.Discovery {
        let isOfToolchain = { (path: String) in path.hasPrefix("\(installation)/") }
        var search = Lookup(
            quoted: quoted.map(absolute), angled: angled.map(absolute), last: last.map(absolute),
            own: named.filter { !isOfToolchain($0) },
            toolchain: named.filter(isOfToolchain).compactMap(Self.nameInToolchain))
        for name in included { search.look(for: name, from: directory) }
        search.nameHeaders()
        let facts = search.own.map { (path: $0, scan: scans.scan($0)) }
        let isComputed = facts.contains { $0.scan.hasComputedInclude }
        let definitions =
            isComputed ? definitions.flatMap { SourceScan(ofDefinition: $0).macros } : []
        let macros = isComputed ? facts.flatMap(\.scan.macros) + definitions : []
        for (path, scan) in facts {
            let place = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
            for include in scan.includes + (scan.hasComputedInclude ? macros : []) {
                search.look(for: include, from: place)
            }
        }
        for name in embedded(in: facts.map(\.scan)) { search.lookForData(name, in: directory) }
        return Step.Discovery(read: search.own + search.data, absent: search.absent.sorted())
    }

    /// Names behind `.incbin`; where one is made by a macro, any text of a source may be it.
    private func embedded(in scans: [SourceScan]) -> [String] {
        let names = scans.flatMap(\.data)
        guard scans.contains(where: \.hasComputedData) else { return names }
        return names + scans.flatMap(\.texts)
    }

    /// What a header of the toolchain is included as: its path below `include`, or below a part of
    /// the C library's.
    private static func nameInToolchain(_ path: String) -> String? {
        guard let root = path.ranges(of: "/include/").last else { return nil }
        let name = path[root.upperBound...]
        guard path[..<root.lowerBound].hasSuffix("/libc") else { return String(name) }
        return name.firstIndex(of: "/").map { String(name[name.index(after: $0)...]) }
    }
}

/// One search: which names were looked for where.
private struct Lookup {
    let quoted: [String]
    let angled: [String]
    let last: [String]
    let own: [String]
    /// As they are included.
    let toolchain: [String]
    private let found: Set<String>
    private let foundInToolchain: Set<String>

    private(set) var absent: Set<String> = []
    private(set) var data: [String] = []

    init(quoted: [String], angled: [String], last: [String], own: [String], toolchain: [String]) {
        (self.quoted, self.angled, self.last) = (quoted, angled, last)
        (self.own, self.toolchain) = (own, toolchain)
        found = Set(own)
        foundInToolchain = Set(toolchain)
    }

    /// What was read has a name in the directory in which it lies: nothing of that name was in an
    /// earlier one. However the name was made, it is found so.
    mutating func nameHeaders() {
        let all = quoted + angled + last
        for header in own {
            for (index, directory) in all.enumerated() where header.hasPrefix("\(directory)/") {
                let name = header.dropFirst(directory.count + 1)
                for earlier in all[..<index] { note("\(earlier)/\(name)") }
            }
        }
        for name in toolchain { for directory in quoted + angled { note("\(directory)/\(name)") } }
    }

    /// A name that a source, or the command line, includes or asks for.
    mutating func look(for include: SourceScan.Include, from place: String) {
        if include.name.hasPrefix("/") { return note(include.name) }
        var directories = include.isQuoted ? [place] + quoted + angled : angled
        if !foundInToolchain.contains(include.name) { directories += last }
        for directory in directories {
            let path = URL(fileURLWithPath: "\(directory)/\(include.name)").standardizedFileURL.path
            // What is behind the one that was found is of no account.
            if !include.isNext, found.contains(path) { return }
            note(path)
        }
    }

    mutating func look(for name: String, from place: String) {
        look(for: SourceScan.Include(name: name, isQuoted: true), from: place)
    }

    /// A file that an assembler takes in. It is not in the depfile.
    mutating func lookForData(_ name: String, in directory: String) {
        let places = name.hasPrefix("/") ? [""] : [directory] + quoted + angled + last
        let paths = places.map {
            name.hasPrefix("/")
                ? name : URL(fileURLWithPath: "\($0)/\(name)").standardizedFileURL.path
        }
        let present = paths.filter { FileManager.default.fileExists(atPath: $0) }
        guard !present.isEmpty else { return }
        data += present
        for path in paths where !present.contains(path) { note(path) }
    }

    private mutating func note(_ path: some StringProtocol) {
        let path = String(path)
        if !found.contains(path) { absent.insert(path) }
    }
}
