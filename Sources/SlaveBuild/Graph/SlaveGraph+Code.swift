import BuildGraph
import Foundation
import Inventory

/// The part of the graph that compiles and links what users wrote, be it a worker, a program or a
/// library.
extension SlaveGraph {
    /// What became of a code's sources.
    struct Compiled {
        var steps: [Step] = []
        /// Objects and archives, in the order of the sources.
        var files: [String] = []
    }

    /// What a code is linked with, beside its own objects.
    struct Linked {
        /// Archives of the manifest's libraries, each before those that it stands on.
        var files: [String] = []
        /// Names for `-l`.
        var system: [String] = []
        var usesCxx = false
    }

    /// - Parameters:
    ///   - kind: the folder of the objects.
    ///   - quoted: see `Compiler.compile`.
    ///   - isProgram: it is a program's own.
    func compiled(
        _ code: Code, as kind: String, includes: [String], quoted: String? = nil,
        isProgram: Bool = false, for compiler: Compiler
    ) -> Compiled {
        var compiled = Compiled()
        let target = compiler.target.name
        let used = libraries(of: code.libraries, for: target)
        let includes =
            includes + generatedDirectories(target) + used.flatMap { self.includes(of: $0, target) }
        let waits = ruleOutputs(target) + used.flatMap { products(of: $0, target) }
        for source in code.sources {
            let path = self.path(ofSource: source, target)
            guard let sort = SourceKind(of: source), sort != .object else {
                compiled.files.append(path)
                continue
            }
            let isMade = source.hasPrefix(outDirectoryVariable)
            let name = isMade ? String(source.dropFirst(outDirectoryVariable.count + 1)) : source
            let object = paths.object(target, "\(isMade ? "made/" : "")\(kind)/\(name)")
            var step =
                sort == .zig
                ? compiler.compileZig(
                    path, to: object, scans: ZigSources(directory: manifest.directory))
                : compiler.compile(
                    path, to: object, includes: includes, quoted: quoted,
                    flags: flags(of: code, sort, isProgram: isProgram, for: compiler))
            step.name = "compile \(name)"
            step.orderOnly += waits + (quoted == nil ? [] : [stub])
            compiled.steps.append(step)
            compiled.files.append(object)
        }
        return compiled
    }

    /// The flags for a compiler: those of the profile first, so that a code may undo them.
    func flags(
        of code: Code, _ kind: SourceKind, isProgram: Bool, for compiler: Compiler
    ) -> [String] {
        profile.flags(of: compiler.toolchain.kind, isProgram: isProgram)
            + code.flags.values(holding: conditions(kind, compiler.target.name))
    }

    private func conditions(_ kind: SourceKind?, _ target: String) -> Set<String> {
        var conditions: Set<String> = [target, profile.rawValue]
        if let kind { conditions.insert(kind.rawValue) }
        return conditions
    }

    /// What of a code's flags concerns the link, and the ones for it alone.
    func linkFlags(of code: Code, isProgram: Bool, for compiler: Compiler) -> [String] {
        let target = compiler.target.name
        // Whatever the language: it is linked once.
        let kinds = Set(code.sources.compactMap(SourceKind.init(of:)).map(\.rawValue))
        let all =
            profile.flags(of: compiler.toolchain.kind, isProgram: isProgram)
            + code.flags.values(holding: conditions(nil, target).union(kinds))
        return LinkFlags.split(all).linker + code.linkFlags.values(holding: conditions(nil, target))
    }

    /// - Parameter isCxx: it is linked as C++ whatever its sources are.
    func linked(_ code: Code, isCxx: Bool = false, for target: String) -> Linked {
        let used = libraries(of: code.libraries, for: target)
        let names = Set(manifest.libraries.map(\.name))
        let all = code.libraries + used.flatMap(\.libraries)
        let system = all.filter { !names.contains($0) }
        let codes =
            [code] + used.compactMap { if case .code(let code) = $0.origin { code } else { nil } }
        return Linked(
            files: used.flatMap { products(of: $0, target) },
            system: system.filter { !Self.cxxLibraries.contains($0) }.keepingLast(),
            usesCxx: isCxx || system.contains(where: Self.cxxLibraries.contains)
                || codes.contains { $0.sources.contains { SourceKind(of: $0) == .cxx } })
    }

    /// Under these names compilers know the library of C++, which a driver for C++ brings along.
    private static let cxxLibraries: Set<String> = ["c++", "stdc++"]

    /// Whether anything for a target is linked as C++.
    func usesCxx(for target: String) -> Bool {
        let worker = manifest.application?.worker
        return worker.map { linked($0.code, isCxx: $0.language == .cxx, for: target).usesCxx }
            ?? false || programs(for: target).contains { linked($0.code, for: target).usesCxx }
    }

    // MARK: Libraries

    /// The manifest's libraries that are needed, each before those that it stands on.
    func libraries(of names: [String], for target: String) -> [Library] {
        var order: [Library] = []
        var seen: Set<String> = []
        func visit(_ name: String) {
            guard let library = manifest.libraries.first(where: { $0.name == name }),
                seen.insert(name).inserted
            else { return }
            library.libraries.reversed().forEach(visit)
            order.append(library)
        }
        names.reversed().forEach(visit)
        return order.reversed()
    }

    /// What a target's code is linked with.
    private func neededLibraries(for target: String) -> [Library] {
        let codes =
            (manifest.application.map { [$0.worker.code] } ?? [])
            + programs(for: target).map(\.code)
        return libraries(of: codes.flatMap(\.libraries), for: target)
    }

    /// Throws where a library of existing files has none for a target: the linker would only miss
    /// what is in them.
    func checkLibraries(for target: String) throws(SlaveBuildError) {
        for library in neededLibraries(for: target) {
            guard case .files(let files) = library.origin, files[target] == nil else { continue }
            throw .libraryLacks(library: library.name, target: target)
        }
    }

    /// Throws where a target without zig would need it.
    func checkWithoutZig(for target: String) throws(SlaveBuildError) {
        let libraries = neededLibraries(for: target).compactMap {
            if case .code(let code) = $0.origin { code } else { nil }
        }
        let worker = manifest.application.map { [$0.worker.code] } ?? []
        for code in worker + programs(for: target).map(\.code) + libraries {
            guard let source = code.sources.first(where: { SourceKind(of: $0) == .zig }) else {
                continue
            }
            throw .zigNeeded(source: source, target: target)
        }
    }

    /// The archives of a library.
    func products(of library: Library, _ target: String) -> [String] {
        switch library.origin {
        case .files(let files): (files[target] ?? []).map { path(ofSource: $0, target) }
        case .code: [paths.archive(target, library.name)]
        case .project(let project):
            project.products.map { "\(paths.installation(target, library.name))/\($0)" }
        }
    }

    func includes(of library: Library, _ target: String) -> [String] {
        guard case .project = library.origin else {
            return library.includes.map {
                $0 == "." ? manifest.directory : "\(manifest.directory)/\($0)"
            }
        }
        let names = library.includes.isEmpty ? ["include"] : library.includes
        return names.map { "\(paths.installation(target, library.name))/\($0)" }
    }

    /// The steps that make the libraries that anything for a target needs.
    func librarySteps(for compiler: Compiler) -> [Step] {
        let target = compiler.target.name
        return neededLibraries(for: target).flatMap { library -> [Step] in
            switch library.origin {
            case .files: return []
            case .project(let project): return projectSteps(library, project, for: compiler)
            case .code(var code):
                code.libraries = library.libraries
                let compiled = compiled(
                    code, as: "libraries/\(library.name)", includes: includes(of: library, target),
                    for: compiler)
                var archive = compiler.archive(
                    compiled.files, to: paths.archive(target, library.name))
                archive.name = "archive lib\(library.name).a"
                return compiled.steps + [archive]
            }
        }
    }

    // MARK: Rules

    func path(ofSource source: String, _ target: String) -> String {
        guard source.hasPrefix("\(outDirectoryVariable)/") else {
            return "\(manifest.directory)/\(source)"
        }
        let name = String(source.dropFirst(outDirectoryVariable.count + 1))
        guard let rule = manifest.rules.first(where: { $0.outputs.contains(name) }) else {
            preconditionFailure("no rule makes '\(source)', which the manifest's reader checked")
        }
        return "\(directory(of: rule, target))/\(name)"
    }

    private func directory(of rule: Rule, _ target: String) -> String {
        rule.scope == .target
            ? paths.generated(target, by: rule.name) : paths.generated(by: rule.name)
    }

    /// Where headers that rules make are found.
    private func generatedDirectories(_ target: String) -> [String] {
        manifest.rules.map { directory(of: $0, target) }
    }

    /// All of them: a compiler may read any.
    private func ruleOutputs(_ target: String) -> [String] {
        manifest.rules.flatMap { rule in
            rule.outputs.map { "\(directory(of: rule, target))/\($0)" }
        }
    }

    var sharedRuleSteps: [Step] {
        manifest.rules.filter { $0.scope == .once }.map { rule in
            step(
                of: rule, group: BuildPart.rules.group, target: "", values: [:]
            )
        }
    }

    func ruleSteps(for compiler: Compiler) -> [Step] {
        let target = compiler.target
        let wrappers = compiler.wrappers
        return manifest.rules.filter { $0.scope == .target }.map { rule in
            var step = step(
                of: rule, group: target.architecture, target: target.name,
                values: [
                    .target: target.name, .cc: wrappers.path("cc"), .cxx: wrappers.path("c++"),
                    .ar: wrappers.path("ar"),
                ])
            step.orderOnly = wrappers.files
            return step
        }
    }

    private func step(
        of rule: Rule, group: String, target: String, values: [Rule.Variable: String]
    ) -> Step {
        let directory = directory(of: rule, target)
        let out = directory.relative(to: manifest.directory)
        var values = values
        values[.out] = out
        values[.project] = "."
        let folders = Set(
            rule.outputs.map { name in
                "\(out)/\(name)".split(separator: "/").dropLast().joined(separator: "/")
            }
        ).sorted()
        return Step(
            name: "make \(rule.name)", group: group,
            inputs: rule.inputs.map { path(ofSource: $0, target) } + namedFiles(rule),
            outputs: rule.outputs.map { "\(directory)/\($0)" },
            depfile: rule.depfile.map { "\(directory)/\($0)" },
            action: .command(
                Step.Command(
                    // What an earlier run or an earlier form of the rule left must not count.
                    arguments: [
                        "sh", "-ec",
                        #"rm -rf "$1"; shift; while [ "$1" != -- ]; do mkdir -p "$1"; shift; done; "#
                            + #"shift; exec "$@""#, "rule", out,
                    ] + folders + ["--"] + rule.command(values),
                    environment: [
                        // The compilers' wrappers keep this machine's paths out of what they make.
                        "MARIONETTE_MAP_1": "\(manifest.directory)=/marionette/\(manifest.name)",
                        // The step runs again where it is named anew.
                        "MARIONETTE_DEPFILE": rule.depfile ?? "",
                    ],
                    directory: manifest.directory)))
    }

    /// Scripts and tables that a command names, and nobody listed; also within a line for a shell.
    private func namedFiles(_ rule: Rule) -> [String] {
        let separators = Set(" \t\n;|&()<>'\"`=")
        let words = rule.command.flatMap { word in
            [word] + word.split(whereSeparator: separators.contains).map(String.init)
        }
        return OptionFiles(directory: manifest.directory).named(by: words)
    }
}

extension Profile {
    /// Arguments for the compilers of C, C++ and assembly, after those of the target.
    ///
    /// A program has the sanitizer's runtime, which says what it found. A worker traps: the slave reports
    /// its crash, with what the compiler noted of that place.
    func flags(of kind: Toolchain.Kind, isProgram: Bool) -> [String] {
        switch self {
        case .release: return []
        case .debug: return ["-O0", "-fno-omit-frame-pointer"]
        case .sanitize:
            let traps: [String] =
                switch kind {
                // Each check keeps its place, which older versions of clang can't be asked for.
                case .zig: ["-fsanitize-trap=undefined", "-fno-sanitize-merge"]
                case .clang: ["-fsanitize-trap=undefined"]
                // What all versions know.
                case .gcc: ["-fsanitize-undefined-trap-on-error"]
                }
            return ["-O1", "-fno-omit-frame-pointer", "-fsanitize=undefined"]
                + (isProgram ? [] : traps)
        }
    }
}

extension [String] {
    /// Each once, at its last place: what an archive stands on comes behind it.
    func keepingLast() -> [String] {
        var seen: Set<String> = []
        return reversed().filter { seen.insert($0).inserted }.reversed()
    }
}
