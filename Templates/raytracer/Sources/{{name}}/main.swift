import Foundation
import Marionette

/// A ring of colored spheres around a mirror.
func makeScene() -> Scene {
    var scene = Scene(
        light: Vector(x: -5, y: 9, z: -6), sky: Vector(x: 0.15, y: 0.3, z: 0.55))
    scene.spheres.append(
        Sphere(
            center: Vector(y: 1.2), radius: 1.2, color: Vector(x: 0.9, y: 0.9, z: 0.92), mirror: 0.8
        ))
    let count = 14
    for index in 0..<count {
        let turn = 2 * Double.pi * Double(index) / Double(count)
        let share = Float(index) / Float(count)
        scene.spheres.append(
            Sphere(
                center: Vector(x: Float(2.6 * cos(turn)), y: 0.45, z: Float(2.6 * sin(turn))),
                radius: 0.45, color: Vector(x: 0.9 - 0.7 * share, y: 0.35, z: 0.2 + 0.7 * share),
                mirror: 0.15))
    }
    return scene
}

/// A binary PPM: the simplest picture file that viewers know.
func write(_ rgb: [UInt8], width: Int, height: Int, to path: String) throws {
    let header = "P6\n\(width) \(height)\n255\n"
    try Data(Array(header.utf8) + rgb).write(to: URL(filePath: path), options: .atomic)
}

let width = 960, height = 540, rowsAtOnce = 6

await Spheres.run { spheres in
    spheres.scene = makeScene()
    try await spheres.setView(View(width: Int32(width), height: Int32(height), samples: 3))

    var rgb = [UInt8](repeating: 0, count: 3 * width * height)
    let strips = stride(from: 0, to: height, by: rowsAtOnce).map { first in
        Rows(first: Int32(first), count: Int32(min(rowsAtOnce, height - first)))
    }
    for try await strip in spheres.render(each: strips) {
        let start = 3 * width * Int(strip.rows.first)
        rgb.replaceSubrange(start..<start + strip.rgb.count, with: strip.rgb)
    }
    try write(rgb, width: width, height: height, to: "picture.ppm")
    print("picture.ppm: \(width) by \(height) pixels")
}
