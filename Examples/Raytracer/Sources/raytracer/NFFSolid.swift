import Foundation
import Marionette

/// Solids that assimp adds to NFF: a center and a radius, or three radii along the axes.
enum NFFSolid: String {
    case tetrahedron = "tet"
    case octahedron = "oct"
    case hexahedron = "hex"
    case dodecahedron = "dod"
    /// A sphere of three radii.
    case ellipsoid = "s"

    struct Face {
        var corners: [Vector]
        /// Empty: the face is flat.
        var normals: [Vector] = []
    }

    func faces(center: Vector, radii: Vector) -> [Face] {
        let center = SIMD3<Double>(center), radii = SIMD3<Double>(radii)
        if self == .ellipsoid { return Self.ellipsoid(center, radii) }
        return normals.map { normal in
            Face(corners: Self.around(normal, corners).map { Vector(center + $0.unit * radii) })
        }
    }

    private typealias Point = SIMD3<Double>

    private static let golden = (1 + 5.0.squareRoot()) / 2

    private static let signs: [Double] = [-1, 1]

    private static let cube: [Point] = signs.flatMap { x in
        signs.flatMap { y in signs.map { z in Point(x, y, z) } }
    }

    private static let axes: [Point] = signs.flatMap {
        [Point($0, 0, 0), Point(0, $0, 0), Point(0, 0, $0)]
    }

    /// (0, a, b) and its cyclic turns, with all signs.
    private static func rectangles(_ a: Double, _ b: Double) -> [Point] {
        signs.flatMap { s in
            signs.flatMap { t in
                [Point(0, s * a, t * b), Point(s * a, t * b, 0), Point(t * b, 0, s * a)]
            }
        }
    }

    private var corners: [Point] {
        switch self {
        case .tetrahedron: Self.cube.filter { $0.x * $0.y * $0.z > 0 }
        case .octahedron: Self.axes
        case .dodecahedron: Self.cube + Self.rectangles(1 / Self.golden, Self.golden)
        case .hexahedron, .ellipsoid: Self.cube
        }
    }

    /// Outwards from each face: the corners of the solid's dual.
    private var normals: [Point] {
        switch self {
        case .tetrahedron: corners.map { -$0 }
        case .octahedron: Self.cube
        case .dodecahedron: Self.rectangles(Self.golden, 1)
        case .hexahedron, .ellipsoid: Self.axes
        }
    }

    /// The corners that lie farthest along the normal, counter-clockwise around it.
    private static func around(_ normal: Point, _ corners: [Point]) -> [Point] {
        let heights = corners.map { ($0 * normal).sum() }
        let highest = heights.max() ?? 0
        let face = zip(corners, heights).filter { $0.1 > highest - 1e-9 }.map(\.0)
        let right = (face[0] - normal.unit * (face[0] * normal.unit).sum()).unit
        let up = normal.unit.cross(right)
        return face.sorted { a, b in
            atan2((a * up).sum(), (a * right).sum()) < atan2((b * up).sum(), (b * right).sum())
        }
    }

    /// Round by its normals; the rings are fine enough for its outline.
    private static func ellipsoid(_ center: Point, _ radii: Point) -> [Face] {
        let rings = 48, sides = 96
        let way = { (ring: Int, side: Int) in
            let (turn, rise) = (
                2 * .pi * Double(side) / Double(sides), .pi * Double(ring) / Double(rings)
            )
            return Point(cos(turn) * sin(rise), sin(turn) * sin(rise), cos(rise))
        }
        return (0..<rings).flatMap { ring in
            (0..<sides).map { side in
                let ways = [
                    way(ring, side), way(ring + 1, side), way(ring + 1, side + 1),
                    way(ring, side + 1),
                ]
                return Face(
                    corners: ways.map { Vector(center + $0 * radii) },
                    normals: ways.map { Vector(($0 / radii).unit) })
            }
        }
    }
}
