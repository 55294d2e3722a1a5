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

    /// The compiler of a kind: $MARIONETTE_ZIG, then what `make setup` installed, then `zig` on
    /// PATH, then the ziglang package of python3. Asking for the version starts the program, so ask
    /// once.
    public func find(_ kind: Toolchain.Kind) -> Toolchain? {
        for path in candidates() where FileManager.default.isExecutableFile(atPath: path) {
            // A program that does not tell a version is no zig; the next candidate may be.
            guard let version = version(of: path) else { continue }
            return Toolchain(kind: kind, path: path, version: version)
        }
        return nil
    }

    /// What to type where a compiler of that kind is missing.
    public func remedy(for kind: Toolchain.Kind) -> String {
        "python3 -m pip install ziglang, or 'make setup' in the checkout; "
            + "MARIONETTE_ZIG names a zig that is elsewhere"
    }

    private func candidates() -> some Sequence<String> {
        let sources: [() -> [String]] = [named, prepared, onPath, ofPython]
        return sources.lazy.flatMap { $0() }
    }

    private func named() -> [String] { environment["MARIONETTE_ZIG"].map { [$0] } ?? [] }

    private func prepared() -> [String] {
        SourceGlob("lib/python3*/site-packages/ziglang/zig")
            .matches(in: "\(directory)/.tools/venv", max: 10)
            .map { "\(directory)/.tools/venv/\($0)" }
    }

    private func onPath() -> [String] { onPath("zig") }

    private func onPath(_ program: String) -> [String] {
        (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
    }

    private func ofPython() -> [String] {
        let pythons = onPath("python3").filter { FileManager.default.isExecutableFile(atPath: $0) }
        guard let python = pythons.first else { return [] }
        let script = "import ziglang, os; print(os.path.dirname(ziglang.__file__))"
        return Self.firstLine(of: [python, "-c", script]).map { ["\($0)/zig"] } ?? []
    }

    private func version(of zig: String) -> String? {
        ToolAnswers().output(of: [zig, "version"], files: ToolAnswers.files(ofZig: zig))
            .flatMap(Self.firstLine)
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
