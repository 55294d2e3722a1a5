import Foundation
import Marionette

/// Reads a PLY or OBJ mesh through `MeshImport` in a process of its own, and believes nothing that
/// it says.
struct MeshFile {
    /// The program and arguments that read the file whose name is appended; this program by itself.
    var reader: [String] = ["/proc/self/exe", "--import-mesh"]

    static let fileBytesMax = 256 << 20
    static let answerBytesMax = 1 << 30
    static let trianglesMax = 10_000_000

    func read(_ file: String) throws(SceneFileError) -> SceneFile {
        guard ["ply", "obj"].contains(URL(filePath: file).pathExtension.lowercased()) else {
            throw .notMeshFormat(file: file)
        }
        try SceneFile.checkRegular(file, limit: Self.fileBytesMax)
        let answer = try ask(file)
        switch answer.first.flatMap(MeshImport.Answer.init) {
        case .scene: return SceneFile(scene: try checked(decoded(answer, file), file))
        case .failure:
            let reason = String(decoding: answer.dropFirst().prefix(1000), as: UTF8.self)
            throw .notMesh(file: file, reason: reason.split(separator: "\n").joined(separator: " "))
        case nil: throw .meshReaderEnded(file: file, how: "ended without an answer")
        }
    }

    private func ask(_ file: String) throws(SceneFileError) -> [UInt8] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: reader[0])
        process.arguments = Array(reader.dropFirst()) + [file]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        var answer: [UInt8] = []
        do {
            try process.run()
            while let part = try output.fileHandleForReading.read(upToCount: 1 << 20), !part.isEmpty
            {
                answer += part
                if answer.count > Self.answerBytesMax {
                    process.terminate()
                    throw SceneFileError.brokenMesh(
                        file: file, reason: "more than \(Self.answerBytesMax) bytes of triangles")
                }
            }
        } catch let error as SceneFileError {
            throw error
        } catch {
            throw .meshReaderEnded(file: file, how: "did not start: \(error.localizedDescription)")
        }
        process.waitUntilExit()
        // The status tells more than an answer that was cut off.
        guard process.terminationReason == .exit else {
            throw .meshReaderEnded(
                file: file, how: "was ended by signal \(process.terminationStatus)")
        }
        guard process.terminationStatus == 0 else {
            throw .meshReaderEnded(
                file: file, how: "failed with status \(process.terminationStatus)")
        }
        return answer
    }

    private func decoded(_ answer: [UInt8], _ file: String) throws(SceneFileError) -> Scene {
        do throws(XDRError) {
            var decoder = XDRDecoder(answer, in: 1..<answer.count)
            let scene = try Scene(from: &decoder)
            try decoder.finish()
            return scene
        } catch {
            throw .meshReaderEnded(file: file, how: "gave no scene: \(error)")
        }
    }

    /// The meshes that have triangles; every number finite, every index that of a corner.
    private func checked(_ scene: Scene, _ file: String) throws(SceneFileError) -> Scene {
        var scene = scene
        scene.meshes.removeAll { $0.indices.isEmpty }
        var triangles = 0
        for index in scene.meshes.indices {
            if let reason = fault(of: scene.meshes[index], surfaces: scene.surfaces.count) {
                throw .brokenMesh(file: file, reason: reason)
            }
            if scene.meshes[index].normals.contains(where: { !$0.isFinite }) {
                // Normals are for looks only: flat triangles are better than none.
                scene.meshes[index].normals = []
            }
            triangles += scene.meshes[index].indices.count / 3
        }
        guard triangles > 0 else { throw .noTriangles(file: file) }
        guard triangles <= Self.trianglesMax else {
            throw .brokenMesh(
                file: file, reason: "\(triangles) triangles, at most \(Self.trianglesMax) are drawn"
            )
        }
        guard scene.surfaces.allSatisfy({ $0.color.isShare }) else {
            throw .brokenMesh(file: file, reason: "a material's color is not from 0 to 1")
        }
        return scene
    }

    private func fault(of mesh: Mesh, surfaces: Int) -> String? {
        let corners = mesh.positions.count / 3
        if Int(mesh.surface) >= surfaces {
            return "a mesh names material \(mesh.surface) of \(surfaces)"
        }
        if let index = mesh.indices.first(where: { $0 >= corners }) {
            return "a triangle names corner \(index) of \(corners)"
        }
        if let place = mesh.positions.firstIndex(where: { !$0.isFinite }) {
            return "corner \(place / 3) has the coordinate \(mesh.positions[place])"
        }
        return nil
    }
}

extension Color {
    fileprivate var isShare: Bool { [red, green, blue].allSatisfy { $0 >= 0 && $0 <= 1 } }
}
