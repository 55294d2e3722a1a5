import Foundation
import Marionette
import Testing

@testable import raytracer

/// Whole pictures, drawn by the worker on one machine and on another.
@Suite struct `A picture` {
    static let quality = Quality(samples: 4, depth: 5)

    private static func scene(_ name: String, width: Int32, height: Int32) throws -> SceneFile {
        let path = Programs.example.appending(path: "scenes/\(name)").path
        var file = try NFFReader.read(SceneFile.bytes(of: path, limit: 1 << 20), file: name)
        file.frame(width: width, height: height)
        return file
    }

    private static func flake(width: Int32, height: Int32) throws -> SceneFile {
        let script = Programs.example.appending(path: "Scripts/balls").path
        let outcome = try Programs.run([script, "--depth", "2"])
        var file = try NFFReader.read([UInt8](outcome.output), file: "balls.nff")
        file.frame(width: width, height: height)
        return file
    }

    @Test(arguments: Picture.Architecture.emulated.filter(\.isAvailable))
    func `has the same bytes on every architecture`(_ architecture: Picture.Architecture) throws {
        let here = try SharedPrograms.picture.get()
        try Programs.withTemporaryDirectory { folder in
            let there = try Picture(program: "picture", architecture, in: folder)
            for file in [
                try Self.flake(width: 96, height: 60),
                try Self.scene("glass.nff", width: 96, height: 54),
            ] {
                let wanted = try here.draw(file, Self.quality).rgb
                #expect(try there.draw(file, Self.quality).rgb == wanted)
                #expect(Set(wanted).count > 100, "a picture has many shades")
            }
        }
    }

    @Test func `is dark in the shadow and bright in the light`() throws {
        // A sphere over a floor under one lamp straight above: its shadow lies below it.
        let text = """
            v
            from 0 -10 10
            at 0 0 0
            up 0 0 1
            angle 30
            l 0 0 8
            f 1 1 1 1 0 0 0 1
            p 4  -9 -9 0  9 -9 0  9 9 0  -9 9 0
            s 0 0 3 0.5
            """
        var file = try NFFReader.read(Array(text.utf8), file: "shadow.nff")
        file.frame(width: 33, height: 33)
        let rgb = try SharedPrograms.picture.get().draw(file, Quality(samples: 1, depth: 0)).rgb
        let middle = 3 * (16 * 33 + 16)
        #expect(rgb[middle] == 0)
        #expect(rgb[middle + 3 * 10] > 100)
    }

    @Test func `shows through glass what stands behind it`() throws {
        // A pane of index 1 changes nothing; the sphere behind it is seen as it is.
        let scene = { (pane: String) in
            """
            v
            from 0 -10 0
            at 0 0 0
            up 0 0 1
            angle 30
            l 0 -10 1
            f 1 0 0 1 0 0 0 1
            s 0 0 0 1
            \(pane)
            """
        }
        let pane = "f 0 0 0 0 0 0 1 1\np 4  -9 -3 -9  9 -3 -9  9 -3 9  -9 -3 9"
        let pictures = try [scene(""), scene(pane)].map { text in
            var file = try NFFReader.read(Array(text.utf8), file: "glass.nff")
            file.frame(width: 32, height: 32)
            return try SharedPrograms.picture.get().draw(file, Self.quality).rgb
        }
        #expect(pictures[0] == pictures[1])
    }
}
