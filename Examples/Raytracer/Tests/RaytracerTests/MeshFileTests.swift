import Foundation
import Marionette
import Testing

@testable import raytracer

@Suite struct `A mesh` {
    /// The program itself reads meshes in a process of its own; here it is not this process.
    static let reader = MeshFile(
        reader: [Programs.products.appending(path: "raytracer").path, "--import-mesh"])

    private func read(_ text: String, named name: String, by reader: MeshFile = reader) throws
        -> SceneFile
    {
        try Programs.withTemporaryDirectory { folder in
            let path = folder.appending(path: name)
            try Data(text.utf8).write(to: path)
            return try reader.read(path.path)
        }
    }

    private let square = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3 4\n"

    @Test func `of OBJ is read, and its polygons cut into triangles`() throws {
        let file = try read(square, named: "square.obj")
        #expect(file.scene.meshes.map(\.indices.count) == [6])
        #expect(BoundingBox(file.scene).high == SIMD3(1, 1, 0))
    }

    @Test func `alone is framed by a camera that sees all of it, and lit`() throws {
        var file = try read(square, named: "square.obj")
        file.frame(width: 64, height: 64)
        #expect(file.scene.lights.count == 2)
        let picture = try SharedPrograms.picture.get()
        let rgb = try picture.draw(file, Quality(samples: 1, depth: 1)).rgb
        let pixel = { (x: Int, y: Int) in Array(rgb[3 * (64 * y + x)..<3 * (64 * y + x + 1)]) }
        let background = pixel(0, 0)
        for step in 0..<64 {
            #expect(pixel(step, 0) == background && pixel(step, 63) == background)
            #expect(pixel(0, step) == background && pixel(63, step) == background)
        }
        #expect(pixel(32, 32) != background)
    }

    @Test func `of another kind is refused by its name`() throws {
        let error = try #require(throws: SceneFileError.self) { try Self.reader.read("teapot.stl") }
        #expect(
            error.diagnostic.rendered == """
                error: 'teapot.stl' is no mesh by its name: PLY and OBJ are read
                  help: name it .ply or .obj, or give an NFF scene as --scene FILE
                """)
    }

    @Test func `that does not exist is told`() throws {
        let error = try #require(throws: SceneFileError.self) { try Self.reader.read("none.ply") }
        #expect(error.diagnostic.rendered == "error: 'none.ply' does not exist")
    }

    @Test func `without triangles is refused`() throws {
        let error = try #require(throws: SceneFileError.self) {
            try read("v 0 0 0\nv 1 0 0\nl 1 2\n", named: "line.obj")
        }
        #expect(error.diagnostic.notes == ["points and lines have no surface to draw"])
    }

    @Test(arguments: [
        ("kill -SEGV $$", "assimp's process was ended by signal 11"),
        ("exit 3", "assimp's process failed with status 3"),
        ("true", "assimp's process ended without an answer"),
    ])
    func `that kills its reader ends in an error`(script: String, note: String) throws {
        let reader = MeshFile(reader: ["/bin/sh", "-c", script])
        let error = try #require(throws: SceneFileError.self) {
            try read(square, named: "square.obj", by: reader)
        }
        #expect(error.diagnostic.notes == [note])
        #expect(error.exitCode == .failed)
    }

    @Test(arguments: [
        (Mesh(positions: [0, 0, 0], indices: [0, 0, 7]), "a triangle names corner 7 of 1"),
        (Mesh(positions: [0, .nan, 0], indices: [0, 0, 0]), "corner 0 has the coordinate nan"),
        (
            Mesh(surface: 1, positions: [0, 0, 0], indices: [0, 0, 0]),
            "a mesh names material 1 of 1"
        ),
    ])
    func `whose reader lies is refused`(mesh: Mesh, note: String) throws {
        var encoder = XDREncoder()
        try Scene(surfaces: [.plain], meshes: [mesh]).encode(to: &encoder)
        try Programs.withTemporaryDirectory { folder in
            let answer = folder.appending(path: "answer")
            try Data([1] + encoder.bytes).write(to: answer)
            let reader = MeshFile(reader: ["/bin/sh", "-c", "cat '\(answer.path)'"])
            let error = try #require(throws: SceneFileError.self) {
                try read(square, named: "square.obj", by: reader)
            }
            #expect(error.diagnostic.notes == [note])
        }
    }
}
