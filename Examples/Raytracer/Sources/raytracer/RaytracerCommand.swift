import ArgumentParser
import Foundation
import Marionette

@main
struct RaytracerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raytracer",
        abstract: "Renders a scene on all hosts of marionette.yaml.",
        usage: "marionette run -- [--scene <file>] [--mesh <file>] [<options>]",
        discussion: """
            A scene is an NFF file (Haines' Standard Procedural Database): view, lights, \
            background, surfaces, spheres, cones, polygons and patches. A mesh is a PLY or OBJ \
            file; alone, it is framed by a camera and lights; with a scene, it stands in it.

            Scripts/balls makes the scene of the demonstration.
            """)

    @Option(help: ArgumentHelp("The scene, an NFF file.", valueName: "file"))
    var scene: String?

    @Option(help: ArgumentHelp("A mesh, a PLY or OBJ file.", valueName: "file"))
    var mesh: String?

    @Option(
        help: ArgumentHelp(
            "Width and height in pixels. (default: the scene's resolution, or 1280x720)",
            valueName: "WxH"))
    var size: PictureSize?

    @Option(help: ArgumentHelp("Rays per pixel: a square number from 1 to 256.", valueName: "n"))
    var samples = 4

    @Option(help: ArgumentHelp("Reflections and refractions in a row, 0 to 32.", valueName: "n"))
    var depth = 5

    @Option(
        help: ArgumentHelp("The side of a tile in pixels, 1 to \(TILE_SIDE_MAX).", valueName: "n"))
    var tile = 32

    @Option(
        help: ArgumentHelp("The picture, a PNG file. (default: out/<scene>.png)", valueName: "file")
    )
    var output: String?

    /// Used by `MeshFile` only.
    @Option(help: .hidden)
    var importMesh: String?

    func validate() throws {
        if importMesh != nil { return }
        guard scene != nil || mesh != nil else {
            throw ValidationError("nothing to draw: give --scene FILE, --mesh FILE or both")
        }
        let root = Int(Double(max(0, min(samples, 256))).squareRoot())
        guard samples >= 1, root * root == samples else {
            throw ValidationError("--samples \(samples): 1, 4, 9, 16 … 256 rays per pixel")
        }
        guard 0...32 ~= depth else { throw ValidationError("--depth \(depth): 0 to 32") }
        guard 1...Int(TILE_SIDE_MAX) ~= tile else {
            throw ValidationError("--tile \(tile): 1 to \(TILE_SIDE_MAX)")
        }
    }

    func run() async throws {
        if let importMesh { return MeshImport.answer(file: importMesh) }
        do {
            let rendering = try prepare()
            await Raytracer.run { raytracer in try await rendering.render(with: raytracer) }
        } catch let error as any DiagnosticError {
            error.diagnostics.forEach(tell)
            throw ArgumentParser.ExitCode(error.exitCode.rawValue)
        }
    }

    /// All that can be wrong with the user's files is found before a host is asked.
    private func prepare() throws -> Rendering {
        var file = try load()
        file.warnings.forEach(tell)
        let name = scene ?? mesh ?? ""
        guard !BoundingBox(file.scene).isEmpty else {
            throw SceneFileError.nothingToDraw(file: name)
        }
        let resolution = file.camera.flatMap { $0.width > 0 ? ($0.width, $0.height) : nil }
        let (width, height) = size.map { ($0.width, $0.height) } ?? resolution ?? (1280, 720)
        file.frame(width: width, height: height)
        let stem = URL(filePath: name).deletingPathExtension().lastPathComponent
        let picture = PNGFile(output ?? "out/\(stem).png")
        try picture.prepare()
        return Rendering(
            scene: file.scene, camera: file.camera ?? Camera(),
            quality: Quality(samples: UInt32(samples), depth: UInt32(depth)), tileSide: tile,
            picture: picture)
    }

    private func load() throws -> SceneFile {
        var file = SceneFile()
        if let scene {
            file = try NFFReader.read(
                SceneFile.bytes(of: scene, limit: NFFLimits.fileBytes), file: scene)
        }
        if let mesh { file.add(try MeshFile().read(mesh)) }
        return file
    }

    private func tell(_ diagnostic: Diagnostic) {
        FileHandle.standardError.write(Data((diagnostic.rendered + "\n").utf8))
    }
}

extension SceneFile {
    /// Puts the meshes of another file into this scene.
    mutating func add(_ other: SceneFile) {
        let first = UInt32(scene.surfaces.count)
        scene.surfaces += other.scene.surfaces
        scene.meshes += other.scene.meshes.map { mesh in
            var mesh = mesh
            mesh.surface += first
            return mesh
        }
    }
}

/// `1280x720`.
struct PictureSize: ExpressibleByArgument, Hashable {
    var width: Int32
    var height: Int32

    init?(argument: String) {
        let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map {
            Int32($0)
        }
        guard sides.count == 2, let width = sides[0], let height = sides[1],
            1...Int32(IMAGE_SIDE_MAX) ~= width, 1...Int32(IMAGE_SIDE_MAX) ~= height
        else { return nil }
        self.width = width
        self.height = height
    }
}
