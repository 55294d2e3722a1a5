import Foundation
import Marionette
import Testing

@testable import raytracer

/// Other people's files: the NFF, PLY and OBJ models of Debian's assimp-testmodels.
@Suite struct `A model of assimp's tests` {
    static let folder = "/usr/share/assimp/models"

    static let all: [String] = {
        let paths =
            FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return paths.filter { [".nff", ".ply", ".obj"].contains(where: $0.hasSuffix) }.sorted()
    }()

    /// Those that can't be drawn: the notes of what is told. assimp's differ from version to
    /// version.
    static let refused: [String: String] = [
        "OBJ/box_UTF16BE.obj": noTriangles,
        "OBJ/point_cloud.obj": noTriangles,
        "OBJ/testline.obj": noTriangles,
        "OBJ/testpoints.obj": noTriangles,
        "PLY/issue623.ply": noTriangles,
        "PLY/points.ply": noTriangles,
        "PLY/pond.0.ply": noTriangles,
        "invalid/empty.obj": "assimp: OBJ-file is too small.",
        "invalid/empty.ply": "assimp: File empty.ply is empty.",
        "invalid/malformed.obj": "assimp: OBJ: Invalid face index.",
    ]

    private static let noTriangles = "points and lines have no surface to draw"

    private func draw(_ path: String) throws -> Data {
        var file =
            path.hasSuffix(".nff")
            ? try NFFReader.read(SceneFile.bytes(of: path, limit: 1 << 20), file: path)
            : try `A mesh`.reader.read(path)
        file.frame(width: 64, height: 48)
        return try SharedPrograms.picture.get().draw(file, Quality(samples: 1, depth: 3)).rgb
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: folder)), arguments: all)
    func `is drawn, or refused with one clear error`(_ name: String) throws {
        do {
            let rgb = try draw("\(Self.folder)/\(name)")
            #expect(Self.refused[name] == nil)
            // The one triangle of this file has no area.
            #expect(
                (Set(rgb).count > 3) == (name != "OBJ/number_formats.obj"),
                "something is to be seen")
        } catch let error as any DiagnosticError {
            let told = error.diagnostic.notes.joined().replacing(
                "\(Self.folder)/invalid/", with: "")
            #expect(told == Self.refused[name] ?? "nothing", "\(error.diagnostic.rendered)")
            #expect(error.exitCode == .failed)
        }
    }
}
