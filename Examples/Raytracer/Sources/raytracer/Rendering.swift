import Marionette

/// One picture of one scene.
struct Rendering: Sendable {
    var scene: Scene
    var camera: Camera
    var quality: Quality
    var tileSide: Int
    var picture: PNGFile

    func render(with raytracer: Raytracer) async throws {
        raytracer.scene = scene
        try await raytracer.setCamera(camera)
        try await raytracer.setQuality(quality)
        var image = Image(width: Int(camera.width), height: Int(camera.height))
        for try await tile in raytracer.render(each: image.regions(of: tileSide)) {
            try image.place(tile)
        }
        try picture.write(image)
        print("\(picture.path): \(image.width) by \(image.height) pixels")
    }
}
