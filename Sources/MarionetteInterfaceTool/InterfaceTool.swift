import Diagnostics
import Foundation
import InterfaceCompiler

/// Compiles one interface file, for SwiftPM and for make. Diagnostics go to stderr in the form that
/// `swift build` and editors understand.
@main
struct InterfaceTool {
    static let usage = """
        usage: marionette-interface-tool --language LANGUAGE --out DIR [options] FILE.x

        --language swift   types and client, in one file named after the application
        --language c, c++  header, source and main of the slave
        --language swift-worker
                           types, protocol and main of a slave in Embedded Swift
        --out DIR          where the files are written; made if it is missing
        --name NAME        names the files NAME.swift, or NAME.h and NAME.c
        --import MODULE    the module that the Swift file imports (Marionette)
        --no-client        types, constants and program numbers alone (Swift)
        """

    static func main() {
        do {
            try run(Arguments(CommandLine.arguments.dropFirst()))
        } catch let error as UsageError {
            stop("error: \(error.text)\n\(usage)", .usage)
        } catch let errors as InterfaceErrors {
            stop(errors.diagnostics.map(\.rendered).joined(separator: "\n"), .failed)
        } catch {
            stop("error: \(error.localizedDescription)", .failed)
        }
    }

    private static func run(_ arguments: Arguments) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: arguments.file))
        let model = try compileInterface(
            text: String(decoding: data, as: UTF8.self), file: arguments.file, files: .onDisk())
        try FileManager.default.createDirectory(
            atPath: arguments.directory, withIntermediateDirectories: true)
        let options = SwiftOptions(
            module: arguments.module, withoutClient: arguments.withoutClient)
        let files = arguments.language.files(of: model, name: arguments.name, options: options)
        for file in files { try write(file, to: arguments.directory) }
    }

    /// A file that would not change keeps its date, so that nothing behind it is built again.
    private static func write(_ file: GeneratedFile, to directory: String) throws {
        let url = URL(fileURLWithPath: directory).appendingPathComponent(file.name)
        let data = Data(file.text.utf8)
        if (try? Data(contentsOf: url)) == data { return }
        try data.write(to: url, options: .atomic)
    }

    private static func stop(_ text: String, _ code: ExitCode) -> Never {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
        exit(code.rawValue)
    }
}
