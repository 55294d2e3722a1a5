import Foundation
import Marionette

/// A scene as a file has it; its camera's width and height are 0 where the file has no resolution.
struct SceneFile {
    var scene = Scene()
    var camera: Camera?
    /// Told to the user, but no reason to stop.
    var warnings: [Diagnostic] = []
}

/// A file that can't be read at all, or a mesh that can't be drawn.
enum SceneFileError: DiagnosticError, Hashable {
    case missing(file: String)
    case notReadable(file: String, reason: String)
    case tooLarge(file: String, bytes: Int, limit: Int)
    case notMeshFormat(file: String)
    /// What assimp says is a note: it is rarely about the user's words.
    case notMesh(file: String, reason: String)
    case meshReaderEnded(file: String, how: String)
    case brokenMesh(file: String, reason: String)
    case noTriangles(file: String)
    case nothingToDraw(file: String)

    var exitCode: ExitCode { .failed }

    var diagnostic: Diagnostic {
        switch self {
        case .missing(let file):
            Diagnostic(
                summary: "'\(file)' does not exist",
                remedy: file.hasSuffix("balls.nff") ? "Scripts/balls --output \(file)" : nil)
        case .notReadable(let file, let reason):
            Diagnostic(summary: "'\(file)' can't be read", notes: [reason])
        case .tooLarge(let file, let bytes, let limit):
            Diagnostic(summary: "'\(file)' has \(bytes) bytes, at most \(limit) are read")
        case .notMeshFormat(let file):
            Diagnostic(
                summary: "'\(file)' is no mesh by its name: PLY and OBJ are read",
                remedy: "name it .ply or .obj, or give an NFF scene as --scene FILE")
        case .notMesh(let file, let reason):
            Diagnostic(summary: "'\(file)' is not a valid mesh", notes: ["assimp: \(reason)"])
        case .meshReaderEnded(let file, let how):
            Diagnostic(
                summary: "'\(file)' broke its reader", notes: ["assimp's process \(how)"],
                remedy: "convert the file with another program, or repair it")
        case .brokenMesh(let file, let reason):
            Diagnostic(summary: "'\(file)' is not a valid mesh", notes: [reason])
        case .noTriangles(let file):
            Diagnostic(
                summary: "'\(file)' has no triangles",
                notes: ["points and lines have no surface to draw"])
        case .nothingToDraw(let file): Diagnostic(summary: "'\(file)' has nothing to draw")
        }
    }
}

extension SceneFile {
    /// A regular file's bytes. Anything else, such as a pipe, could keep the program waiting for
    /// ever.
    static func bytes(of file: String, limit: Int) throws(SceneFileError) -> [UInt8] {
        let size = try checkRegular(file, limit: limit)
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw .notReadable(file: file, reason: "permission denied")
        }
        defer { try? handle.close() }
        do {
            // The file may have grown since it was measured.
            return [UInt8](try handle.read(upToCount: size) ?? Data())
        } catch { throw .notReadable(file: file, reason: error.localizedDescription) }
    }

    @discardableResult
    static func checkRegular(_ file: String, limit: Int) throws(SceneFileError) -> Int {
        guard
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: URL(filePath: file).resolvingSymlinksInPath().path)
        else { throw .missing(file: file) }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw .notReadable(file: file, reason: "it is no regular file")
        }
        let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
        guard size <= limit else { throw .tooLarge(file: file, bytes: size, limit: limit) }
        return size
    }
}
