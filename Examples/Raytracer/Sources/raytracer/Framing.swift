import Marionette

/// The smallest box around all that a scene shows.
struct BoundingBox: Hashable {
    var low = SIMD3<Double>(repeating: .infinity)
    var high = SIMD3<Double>(repeating: -.infinity)

    init(_ scene: Scene) {
        for sphere in scene.spheres { include(sphere.center, sphere.radius) }
        for cone in scene.cones {
            include(cone.base, cone.baseRadius)
            include(cone.apex, cone.apexRadius)
        }
        for mesh in scene.meshes {
            for index in mesh.indices {
                let first = 3 * Int(index)
                include(vector(mesh.positions[first...]), 0)
            }
        }
    }

    var isEmpty: Bool { !(low.x <= high.x) }
    var center: SIMD3<Double> { (low + high) * 0.5 }
    /// Of the sphere around the box; never 0, so that a single point has a camera too.
    var radius: Double { max((high - low).length * 0.5, 1e-6) }

    var corners: [SIMD3<Double>] {
        (0..<8).map { number in
            SIMD3(
                number & 1 == 0 ? low.x : high.x, number & 2 == 0 ? low.y : high.y,
                number & 4 == 0 ? low.z : high.z)
        }
    }

    private mutating func include(_ point: Vector, _ radius: Float) {
        let point = SIMD3(Double(point.x), Double(point.y), Double(point.z))
        let reach = SIMD3<Double>(repeating: Double(radius.magnitude))
        low = pointwiseMin(low, point - reach)
        high = pointwiseMax(high, point + reach)
    }
}

extension SceneFile {
    /// The angle of view of a framing camera, and the tangent of its half.
    private static let angle: Float = 40
    private static let tangentOfHalf = 0.36397023426620234

    /// Adds what the file left out: a camera that sees all of the scene, lights, the background of
    /// a clear day.
    mutating func frame(width: Int32, height: Int32) {
        let box = BoundingBox(scene)
        if camera == nil {
            camera = Self.camera(around: box, aspect: Double(width) / Double(height))
            if scene.background == Color() {
                scene.background = Color(red: 0.53, green: 0.66, blue: 0.80)
            }
        }
        if scene.lights.isEmpty { light(box) }
        camera?.width = width
        camera?.height = height
    }

    /// From the front, the right and above, as near as the corners of the box allow.
    private static func camera(around box: BoundingBox, aspect: Double) -> Camera {
        let way = SIMD3(0.5, 0.4, 0.8).unit, up = SIMD3<Double>(0, 1, 0)
        let right = up.cross(way).unit
        let above = way.cross(right)
        let distance = box.corners.reduce(box.radius * 0.1) { distance, corner in
            let place = corner - box.center
            let needed = max(
                abs((place * above).sum()), abs((place * right).sum()) / aspect)
            return max(distance, (place * way).sum() + needed / tangentOfHalf * 1.05)
        }
        return Camera(
            from: Vector(box.center + way * distance), at: Vector(box.center), up: Vector(up),
            angle: angle)
    }

    /// A strong light over the camera's left shoulder and a weak one from the right.
    private mutating func light(_ box: BoundingBox) {
        guard let camera else { return }
        let from = SIMD3(camera.from), up = SIMD3(camera.up).unit
        let ahead = (SIMD3(camera.at) - from).unit
        let right = ahead.cross(up).unit
        let distance = (from - box.center).length
        let key = from - right * (0.7 * distance) + up * (0.9 * distance)
        let fill = from + right * (1.2 * distance)
        scene.lights = [
            Light(position: Vector(key), color: Color(red: 0.85, green: 0.83, blue: 0.8)),
            Light(position: Vector(fill), color: Color(red: 0.25, green: 0.27, blue: 0.3)),
        ]
    }
}

extension SIMD3<Double> {
    init(_ vector: Vector) { self.init(Double(vector.x), Double(vector.y), Double(vector.z)) }

    var length: Double { (self * self).sum().squareRoot() }
    var unit: Self { length > 0 ? self / length : self }

    func cross(_ other: Self) -> Self {
        Self(
            y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }
}

extension Vector {
    init(_ simd: SIMD3<Double>) {
        self.init(x: Float(simd.x), y: Float(simd.y), z: Float(simd.z))
    }
}
