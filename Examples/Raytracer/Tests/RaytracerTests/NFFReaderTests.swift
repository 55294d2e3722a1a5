import Marionette
import Testing

@testable import raytracer

@Suite struct `The NFF reader` {
    private func read(_ text: String) throws -> SceneFile {
        try NFFReader.read(Array(text.utf8), file: "scene.nff")
    }

    @Test func `reads each entity`() throws {
        let file = try read(
            """
            # comment
            v
            from 2 3 4
            at 0 0 0
            up 0 0 1
            angle 45
            hither 0.01
            resolution 512 256
            b 0.1 0.2 0.3   # another
            l 4 3 2
            l 1 -4 4  1 0.5 0.25
            f 1 0.75 0.33 0.8 0 0 0 1
            p 4
            12 12 -0.5
            -12 12 -0.5
            -12 -12 -0.5
            12 -12 -0.5
            f 1 0.9 0.7 0.5 0.5 45.2776 0 1.5
            s 0 0 0 0.5
            c
            0 0 0 1
            0 0 2 0
            pp 3
            0 0 0  0 0 1
            1 0 0  0 0 1
            0 1 0  0 1 0
            """)
        #expect(
            file.camera
                == Camera(
                    from: Vector(x: 2, y: 3, z: 4), at: Vector(), up: Vector(z: 1), angle: 45,
                    hither: 0.01, width: 512, height: 256))
        #expect(file.scene.background == Color(red: 0.1, green: 0.2, blue: 0.3))
        let white = Float(0.5).squareRoot()
        #expect(
            file.scene.lights == [
                Light(
                    position: Vector(x: 4, y: 3, z: 2),
                    color: Color(red: white, green: white, blue: white)),
                Light(
                    position: Vector(x: 1, y: -4, z: 4),
                    color: Color(red: 1, green: 0.5, blue: 0.25)),
            ])
        #expect(file.scene.surfaces.map(\.refraction) == [1, 1.5])
        #expect(file.scene.spheres == [Sphere(surface: 1, center: Vector(), radius: 0.5)])
        #expect(
            file.scene.cones == [
                Cone(surface: 1, base: Vector(), baseRadius: 1, apex: Vector(z: 2), apexRadius: 0)
            ])
        #expect(file.scene.meshes.map(\.surface) == [0, 1])
        #expect(file.scene.meshes[0].indices == [0, 1, 2, 0, 2, 3])
        #expect(file.scene.meshes[1].normals == [0, 0, 1, 0, 0, 1, 0, 1, 0])
        #expect(file.warnings.isEmpty)
    }

    @Test func `reads lines that end as on other systems`() throws {
        #expect(try read("s 1 2 3 4\r\ns 1 2 3 5\r\n").scene.spheres.map(\.radius) == [4, 5])
    }

    @Test func `warns of what it does not draw, once for each kind`() throws {
        let file = try read(
            """
            tess 4
            f 1 0.9 0.7 0.5 0.5 45 0 1 ./earth.jpg
            s 0 0 0 1
            f 1 0 0 earth.jpg
            """)
        #expect(
            file.warnings.map(\.rendered) == [
                """
                scene.nff:1:1: warning: spheres and cones are drawn round, without tessellation
                 1 | tess 4
                   | ^~~~
                """,
                """
                scene.nff:2:28: warning: textures are not drawn
                 2 | f 1 0.9 0.7 0.5 0.5 45 0 1 ./earth.jpg
                   |                            ^~~~~~~~~~~
                """,
                """
                scene.nff:4:1: warning: a fill of fewer than 8 numbers: the default fill has the rest
                 4 | f 1 0 0 earth.jpg
                   | ^
                """,
            ])
        #expect(file.scene.surfaces[1].diffuse == Surface.plain.diffuse)
    }

    @Test(arguments: [("tet", 4), ("oct", 8), ("hex", 12), ("dod", 36)])
    func `reads assimp's solids`(name: String, triangles: Int) throws {
        let mesh = try #require(try read("\(name) 1 2 3 5").scene.meshes.first)
        #expect(mesh.indices.count == 3 * triangles)
        let center = SIMD3(1.0, 2, 3)
        for first in stride(from: 0, to: mesh.indices.count, by: 3) {
            let corners = (0..<3).map { corner in
                SIMD3<Double>(vector(mesh.positions[(3 * Int(mesh.indices[first + corner]))...]))
            }
            #expect(corners.allSatisfy { abs(($0 - center).length - 5) < 1e-5 })
            let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0])
            #expect((normal * (corners[0] - center)).sum() > 0, "a face looks outwards")
        }
    }

    @Test func `reads a sphere of three radii`() throws {
        let box = BoundingBox(try read("s 1 2 3 4 2 1").scene)
        #expect((box.high - SIMD3(5, 4, 4)).length < 1e-2)
        #expect((box.low - SIMD3(-3, 0, 2)).length < 1e-2)
    }

    @Test func `gives a shape without a fill the default one`() throws {
        #expect(try read("s 0 0 0 1").scene.surfaces == [.plain])
    }

    @Test(arguments: NFFErrorExample.all)
    func `tells what is wrong, and where`(_ example: NFFErrorExample) throws {
        let error = try #require(throws: NFFError.self) { try read(example.text) }
        #expect(error.diagnostic.rendered == example.told)
    }

    @Test func `refuses more corners than it would triangulate`() throws {
        let error = try #require(throws: NFFError.self) { try read("p 1000000000\n1 2 3") }
        #expect(error.fault == .cornerCount(1_000_000_000, entity: "polygon"))
    }

    @Test func `survives any bytes`() {
        var random = SystemRandomNumberGenerator()
        let words = [
            "v", "from", "p", "pp", "c", "f", "s", "l", "b", "#", "\n", " ", "1", "-2.5e3", "\u{0}",
            "4",
        ]
        for _ in 0..<2000 {
            let text = (0..<40).map { _ in words.randomElement(using: &random) ?? "" }
                .joined(separator: Bool.random() ? " " : "\n")
            _ = try? read(text)
        }
    }
}

struct NFFErrorExample: CustomTestStringConvertible, Sendable {
    var text: String
    var told: String

    var testDescription: String { text }

    static let all = [
        NFFErrorExample(
            text: "b 0 0 0\ns 1 2 3",
            told: """
                scene.nff:2:1: error: sphere needs 4 numbers, found 3
                 2 | s 1 2 3
                   | ^~~~~~~
                """),
        NFFErrorExample(
            text: "s 1.0 -4.0 2.0 4.0 2",
            told: """
                scene.nff:1:1: error: sphere needs 4 numbers, found 5
                 1 | s 1.0 -4.0 2.0 4.0 2
                   | ^~~~~~~~~~~~~~~~~~~~
                """),
        NFFErrorExample(
            text: "b 1 2 3 4",
            told: """
                scene.nff:1:9: error: background needs 3 numbers, found 4
                 1 | b 1 2 3 4
                   |         ^
                """),
        NFFErrorExample(
            text: "f 1 2",
            told: """
                scene.nff:1:1: error: fill needs 8 numbers, found 2
                 1 | f 1 2
                   | ^~~~~
                """),
        NFFErrorExample(
            text: "s 1 2 three 4",
            told: """
                scene.nff:1:7: error: 'three' is not a number
                 1 | s 1 2 three 4
                   |       ^~~~~
                """),
        NFFErrorExample(
            text: "s 1 2 1e99 4",
            told: """
                scene.nff:1:7: error: '1e99' is beyond what a 32-bit float holds
                 1 | s 1 2 1e99 4
                   |       ^~~~
                """),
        NFFErrorExample(
            text: "torus 0 0 0 5",
            told: """
                scene.nff:1:1: error: 'torus' is not an entity of NFF
                 1 | torus 0 0 0 5
                   | ^~~~~
                  note: entities: v b l f c s p pp, and comments after #
                """),
        NFFErrorExample(
            text: "nff\nversion 2.00\n",
            told: """
                scene.nff:1:1: error: a Sense8 NFF file, which is another format of the same name
                 1 | nff
                   | ^~~
                  note: NFF here is the Neutral File Format of Haines' Standard Procedural Database
                  help: convert it to PLY or OBJ and give it as --mesh FILE
                """),
        NFFErrorExample(
            text: "v\nfrom 1 2 3\nat 0 0 0\nangle 30\ns 0 0 0 1",
            told: """
                scene.nff:1:1: error: the view has no 'up'
                 1 | v
                   | ^
                """),
        NFFErrorExample(
            text: "from 1 2 3",
            told: """
                scene.nff:1:1: error: 'from' stands outside a view
                 1 | from 1 2 3
                   | ^~~~
                  help: begin the view with a line 'v'
                """),
        NFFErrorExample(
            text: "v\nfrom 1 2 3\nfrom 1 2 3",
            told: """
                scene.nff:3:1: error: a second 'from'
                 3 | from 1 2 3
                   | ^~~~
                """),
        NFFErrorExample(
            text: "v\nangle 180",
            told: """
                scene.nff:2:7: error: a view of 180.0 degrees: above 0 and below 180
                 2 | angle 180
                   |       ^~~
                """),
        NFFErrorExample(
            text: "v\nresolution 0 512",
            told: """
                scene.nff:2:12: error: a resolution of '0': whole numbers from 1 to 16384
                 2 | resolution 0 512
                   |            ^
                """),
        NFFErrorExample(
            text: "f 1 0 0 -0.5 0 0 0 1",
            told: """
                scene.nff:1:9: error: fill: '-0.5' is negative
                 1 | f 1 0 0 -0.5 0 0 0 1
                   |         ^~~~
                """),
        NFFErrorExample(
            text: "p 3\n0 0 0\n1 0 0\n0 1\n",
            told: """
                scene.nff:1:1: error: polygon of 3 corners needs 9 numbers, found 8
                 1 | p 3
                   | ^
                """),
        NFFErrorExample(
            text: "p two\n0 0 0",
            told: """
                scene.nff:1:3: error: 'two' is no count of a polygon's corners
                 1 | p two
                   |   ^~~
                """),
        NFFErrorExample(
            text: "pp 2\n0 0 0 0 0 1",
            told: """
                scene.nff:1:4: error: a patch of 2 corners: 3 to 4096 are read
                 1 | pp 2
                   |    ^
                """),
        NFFErrorExample(
            text: "c\n1 1 1 2\n1 1 1 3",
            told: """
                scene.nff:1:1: error: a cone whose base and apex are one point
                 1 | c
                   | ^
                """),
        NFFErrorExample(
            text: "l 1 2 3 4",
            told: """
                scene.nff:1:1: error: light needs 3 or 6 numbers, found 4
                 1 | l 1 2 3 4
                   | ^~~~~~~~~
                """),
        NFFErrorExample(
            text: "\u{1}\u{2}",
            told: """
                scene.nff:1:1: error: '?' is not an entity of NFF
                 1 | ??
                   | ^
                  note: entities: v b l f c s p pp, and comments after #
                """),
    ]
}
