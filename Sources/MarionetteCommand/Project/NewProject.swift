import Diagnostics
import Foundation
import Inventory

/// A template that is about to become a project.
///
/// In texts and in names of files `{{name}}` stands for the application's name as files and products
/// have it, `{{Name}}` for the name of its Swift type, `{{prefix}}` for what its C functions begin
/// with, `{{package}}` for the directory of the Marionette package.
struct NewProject {
    let name: String
    private let directory: String
    private let template: String
    private let values: [String: String]

    /// It makes a program that can be run, not only pushed.
    var hasMaster: Bool { FileManager.default.fileExists(atPath: "\(template)/Package.swift") }

    /// - Throws: where the template is unknown, the name is no name, or the directory is in use.
    init(template: String, directory: String, data: DataDirectory) throws(NewProjectError) {
        let known = (try? FileManager.default.contentsOfDirectory(atPath: data.templates)) ?? []
        guard known.contains(template) else {
            throw .unknownTemplate(name: template, known: known.sorted())
        }
        let path = URL(fileURLWithPath: directory).standardizedFileURL.path
        let existing = try? FileManager.default.contentsOfDirectory(atPath: path)
        guard existing?.isEmpty ?? !FileManager.default.fileExists(atPath: path) else {
            throw .notEmpty(directory: directory)
        }
        let last = URL(fileURLWithPath: path).lastPathComponent
        let name = try ProjectName(directory: last)
        self.name = name.name
        self.directory = path
        self.template = "\(data.templates)/\(template)"
        values = [
            "{{name}}": name.name, "{{Name}}": name.type, "{{prefix}}": name.prefix,
            "{{package}}": data.package,
        ]
    }

    /// Writes all files beside the directory and renames: a project is there whole or not at all.
    func write() throws {
        let parent = URL(fileURLWithPath: directory).deletingLastPathComponent().path
        let temporary = "\(parent)/.\(name).\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(
                atPath: temporary, withIntermediateDirectories: true)
            for file in try FileManager.default.subpathsOfDirectory(atPath: template).sorted() {
                try copy(file, to: temporary)
            }
            // An empty directory may be replaced by rename(2), as POSIX has it.
            guard rename(temporary, directory) == 0 else {
                throw NewProjectError.notWritable(
                    directory: directory, reason: String(cString: strerror(errno)).lowercased())
            }
        } catch let error as NewProjectError {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw NewProjectError.notWritable(
                directory: directory, reason: (error as NSError).localizedDescription)
        }
    }

    private func copy(_ file: String, to root: String) throws {
        let source = "\(template)/\(file)"
        let destination = URL(fileURLWithPath: "\(root)/\(filled(file))")
        let attributes = try FileManager.default.attributesOfItem(atPath: source)
        if attributes[.type] as? FileAttributeType == .typeDirectory {
            try FileManager.default.createDirectory(
                at: destination, withIntermediateDirectories: true)
            return
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: source))
        let text = String(bytes: data, encoding: .utf8)
        try (text.map { Data(filled($0).utf8) } ?? data).write(to: destination)
        let isExecutable = (attributes[.posixPermissions] as? Int ?? 0) & 0o100 != 0
        try FileManager.default.setAttributes(
            [.posixPermissions: isExecutable ? 0o755 : 0o644], ofItemAtPath: destination.path)
    }

    private func filled(_ text: String) -> String {
        values.reduce(text) { $0.replacing($1.key, with: $1.value) }
    }
}

/// Why a project can't be made.
enum NewProjectError: DiagnosticError {
    case unknownTemplate(name: String, known: [String])
    case notEmpty(directory: String)
    case noName(directory: String, suggestion: String)
    case nameTaken(name: String, reason: String, suggestion: String)
    case notWritable(directory: String, reason: String)

    var diagnostic: Diagnostic {
        switch self {
        case .unknownTemplate(let name, let known):
            Diagnostic(
                summary: "unknown template '\(name)'",
                notes: ["templates: \(known.joined(separator: ", "))"],
                remedy: nearest(to: name, among: known).map { "did you mean '\($0)'?" })
        case .notEmpty(let directory):
            Diagnostic(
                summary: "'\(directory)' exists and is not empty",
                remedy: "name a directory that does not exist yet")
        case .noName(let directory, let suggestion):
            Diagnostic(
                summary: "no application can be named '\(directory)'",
                notes: ["a name begins with a letter from a to z; letters, digits and '-' follow"],
                remedy: "name the directory otherwise, for example '\(suggestion)'")
        case .nameTaken(let name, let reason, let suggestion):
            Diagnostic(
                summary: "no application can be named '\(name)': \(reason)",
                remedy: "name the directory otherwise, for example '\(suggestion)'")
        case .notWritable(let directory, let reason):
            Diagnostic(summary: "can't make '\(directory)': \(reason)")
        }
    }

    var exitCode: Diagnostics.ExitCode {
        switch self {
        case .unknownTemplate, .noName, .nameTaken: .usage
        case .notEmpty, .notWritable: .failed
        }
    }
}
