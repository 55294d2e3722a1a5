import Diagnostics
import Foundation
import InterfaceCompiler
import Inventory
import RunRecords

/// The project's interface, which knows the types of what a capsule holds.
struct CapsuleInterface {
    let manifest: Manifest

    init(project: String) throws { manifest = try Manifest.load(directory: project) }

    /// - Throws: what is wrong with the interface.
    func model() throws -> InterfaceModel {
        guard let application = manifest.application else { throw PreparationError.noApplication }
        let file = "\(manifest.directory)/\(application.interface)"
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CapsuleInterfaceError.unreadable(file: application.interface)
        }
        return try compileInterface(
            text: String(decoding: data, as: UTF8.self), file: application.interface,
            files: .onDisk(in: manifest.directory))
    }

    /// - Throws: the capsule is of another interface, or the interface has faults.
    func model(of kept: KeptCapsule) throws -> InterfaceModel {
        let model = try model()
        let capsule = kept.capsule
        let digits = capsule.interfaceHash.hexadecimal
        guard model.hash.description == digits, let described = model.application,
            described.operations.contains(where: { $0.procedure.number == capsule.procedure })
        else {
            throw CapsuleInterfaceError.otherInterface(
                capsule: kept.id, application: capsule.application, hash: digits,
                file: model.file, ours: model.hash.description)
        }
        return model
    }
}

extension InterfaceModel {
    /// That of a capsule of this interface.
    func operation(_ procedure: UInt32) -> InterfaceOperation? {
        application?.operations.first { $0.procedure.number == procedure }
    }
}

extension [UInt8] {
    var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

enum CapsuleInterfaceError: DiagnosticError, Hashable {
    case unreadable(file: String)
    case otherInterface(
        capsule: String, application: String, hash: String, file: String, ours: String)

    var diagnostic: Diagnostic {
        switch self {
        case .unreadable(let file):
            Diagnostic(summary: "the interface '\(file)' can't be read")
        case .otherInterface(let capsule, let application, let hash, let file, let ours):
            Diagnostic(
                summary: "capsule \(capsule) is of another interface than this project's",
                notes: [
                    "the capsule's: \(application.neutral), \(hash)", "\(file): \(ours)",
                ],
                remedy: "check out the sources that it was made with")
        }
    }

    var exitCode: Diagnostics.ExitCode { .failed }
}
