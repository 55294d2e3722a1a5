import Foundation

/// Finds the compilers of this machine.
public struct ToolchainSearch: Sendable {
    let environment: [String: String]
    /// The checkout or installation, whose `.tools` is looked into.
    let directory: String

    public init(data: DataDirectory) {
        self.init(environment: ProcessInfo.processInfo.environment, directory: data.package)
    }

    init(environment: [String: String], directory: String) {
        self.environment = environment
        self.directory = directory
    }

    /// The compiler that a target's recipe asks for. Asking for its version starts the program, so
    /// ask once.
    public func find(_ recipe: TargetRecipe, for target: Target) -> Toolchain? {
        switch recipe.toolchain {
        case .zig: return findZig()
        case .gcc, .clang:
            for path in paths(of: recipe, for: target) {
                if let found = compiler(recipe, path) { return found }
            }
            return nil
        }
    }

    /// $MARIONETTE_ZIG, then what `make setup` installed, then `zig` on PATH, then the ziglang package
    /// of python3.
    public func findZig() -> Toolchain? {
        for path in zigs() where isProgram(path) {
            // A program that does not tell a version is no zig; the next candidate may be.
            guard let version = version(of: path) else { continue }
            return Toolchain(kind: .zig, path: path, version: version)
        }
        return nil
    }

    // MARK: gcc and clang

    /// What a recipe's compiler may be, the likelier first.
    private func paths(of recipe: TargetRecipe, for target: Target) -> [String] {
        let named = programs(recipe.command)
        guard recipe.toolchain == .gcc, recipe.compiler == nil else { return named }
        // The compiler of this machine has a short name, too, and on some systems that alone.
        return named
            + programs("gcc").prefix(1).filter {
                guard let machine = Self.firstLine(of: [$0, "-dumpmachine"])?.machine else {
                    return false
                }
                // A target that names neither a triple nor a compiler is what its machines are.
                return machine == recipe.triple.machine
                    || recipe.triple == target.name && target.machines.contains(String(machine))
            }
    }

    func programs(_ command: String) -> [String] {
        Programs.named(command, environment: environment)
    }

    /// The compiler at a path; nil: the program there does not say its version, and is none.
    private func compiler(_ recipe: TargetRecipe, _ path: String) -> Toolchain? {
        guard let banner = Self.firstLine(of: [path, "--version"]) else { return nil }
        let headers = Self.firstLine(of: [path, "-print-file-name=include"])
        let cxx = recipe.cxxCompiler.map { programs($0).first } ?? cxxCompiler(beside: path)
        return Toolchain(
            kind: recipe.toolchain, path: path, version: Self.version(in: banner), banner: banner,
            cxxPath: cxx,
            files: headers.flatMap { path in
                path.hasPrefix("/")
                    ? URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent()
                        .path
                    : nil
            })
    }

    /// `arm-linux-gnueabi-g++-12` beside `arm-linux-gnueabi-gcc-12`.
    private func cxxCompiler(beside path: String) -> String? {
        let url = URL(fileURLWithPath: path)
        let (name, directory) = (url.lastPathComponent, url.deletingLastPathComponent().path)
        let names = [("gcc", "g++"), ("clang", "clang++"), ("cc", "c++")]
        for (c, cxx) in names {
            guard let range = name.ranges(of: c).last else { continue }
            let other = "\(directory)/\(name.replacingCharacters(in: range, with: cxx))"
            return isProgram(other) ? other : nil
        }
        return nil
    }

    /// The version in the line in which a compiler presents itself.
    static func version(in banner: String) -> String {
        let words = banner.split(separator: " ")
        let plain = words.last { word in
            word.contains(".") && word.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
        }
        return String(plain ?? words.first { $0.first?.isNumber == true } ?? banner[...])
    }

    // MARK: zig

    private func zigs() -> some Sequence<String> {
        let sources: [() -> [String]] = [
            { environment["MARIONETTE_ZIG"].map { [$0] } ?? [] },
            { venv("\(directory)/.tools/venv") }, { venv(ownVenv) }, { programs("zig") }, ofPython,
        ]
        return sources.lazy.flatMap { $0() }
    }

    /// Where `installZig` puts it.
    var ownVenv: String {
        "\(environment["HOME"] ?? NSHomeDirectory())/.local/share/marionette/venv"
    }

    private func venv(_ path: String) -> [String] {
        SourceGlob("lib/python3*/site-packages/ziglang/zig").matches(in: path, max: 10)
            .map { "\(path)/\($0)" }
    }

    private func ofPython() -> [String] {
        guard let python = programs("python3").first else { return [] }
        let script = "import ziglang, os; print(os.path.dirname(ziglang.__file__))"
        return Self.firstLine(of: [python, "-c", script]).map { ["\($0)/zig"] } ?? []
    }

    private func version(of zig: String) -> String? {
        ToolAnswers().output(of: [zig, "version"], files: ToolAnswers.files(ofZig: zig))
            .flatMap(Self.firstLine)
    }

    // MARK: programs

    private func isProgram(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: path)
    }

    /// The first line that a program prints; nil unless it ends well.
    static func firstLine(of command: [String]) -> String? {
        output(of: command).flatMap(firstLine)
    }

    private static func firstLine(of data: Data) -> String? {
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first
        return line.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// What a program prints on standard output; nil unless it ends well.
    static func output(of command: [String]) -> Data? {
        guard let program = command.first else { return nil }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = Array(command.dropFirst())
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = (try? output.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        return process.terminationStatus == 0 ? data : nil
    }
}

extension String {
    /// The first part of a triple.
    fileprivate var machine: Substring { prefix { $0 != "-" } }
}
