import Foundation
import Testing

/// The program as a user meets it, without a run: everything that is wrong with files is told
/// before.
@Suite struct `The command` {
    private func run(_ arguments: [String]) throws -> Programs.Outcome {
        try Programs.run([Programs.products.appending(path: "raytracer").path] + arguments)
    }

    @Test func `tells of a scene that does not exist`() throws {
        let outcome = try run(["--scene", "scenes/none.nff"])
        #expect(outcome.status == 1)
        #expect(outcome.errors == "error: 'scenes/none.nff' does not exist\n")
    }

    @Test func `tells how to make the scene of the demonstration`() throws {
        let outcome = try run(["--scene", "none/balls.nff"])
        #expect(
            outcome.errors == """
                error: 'none/balls.nff' does not exist
                  help: Scripts/balls --output none/balls.nff

                """)
    }

    @Test func `tells the line of a broken scene, and leaves no picture`() throws {
        try Programs.withTemporaryDirectory { folder in
            let scene = folder.appending(path: "scene.nff").path
            try Data("s 0 0 0 1\ns 1 2 3\n".utf8).write(to: URL(filePath: scene))
            let outcome = try run(["--scene", scene, "--output", "\(folder.path)/out/a.png"])
            #expect(outcome.status == 1)
            #expect(
                outcome.errors == """
                    \(scene):2:1: error: sphere needs 4 numbers, found 3
                     2 | s 1 2 3
                       | ^~~~~~~

                    """)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["scene.nff"])
        }
    }

    @Test func `tells what assimp says of a broken mesh`() throws {
        try Programs.withTemporaryDirectory { folder in
            let mesh = folder.appending(path: "mesh.obj").path
            try Data("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n".utf8).write(to: URL(filePath: mesh))
            let outcome = try run(["--mesh", mesh])
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.hasPrefix("error: '\(mesh)' is not a valid mesh\n  note: assimp: "))
        }
    }

    @Test(arguments: [
        ([], "nothing to draw: give --scene FILE, --mesh FILE or both"),
        (["--scene", "a", "--samples", "5"], "--samples 5: 1, 4, 9, 16 … 256 rays per pixel"),
        (["--scene", "a", "--tile", "257"], "--tile 257: 1 to 256"),
        (["--scene", "a", "--depth", "33"], "--depth 33: 0 to 32"),
        (["--scene", "a", "--size", "0x5"], "The value '0x5' is invalid for '--size <WxH>'"),
    ])
    func `refuses what it can't do`(arguments: [String], told: String) throws {
        let outcome = try run(arguments)
        #expect(outcome.status == 64)
        #expect(outcome.errors.hasPrefix("Error: \(told)\n"), "\(outcome.errors)")
    }
}
