import Marionette
import Testing

@testable import raytracer

@Suite struct `A polygon` {
    /// In a plane that no axis stands on, so that the projection matters.
    private func corners(_ points: [(Float, Float)]) -> [Vector] {
        points.map { Vector(x: $0.0, y: $0.1, z: 0.5 * $0.0 - 0.25 * $0.1) }
    }

    /// Twice the area in x and y, with its sign.
    private func area(_ corners: [Vector], _ indices: [Int]) -> Float {
        stride(from: 0, to: indices.count, by: 3).reduce(0) { sum, first in
            let (a, b, c) = (
                corners[indices[first]], corners[indices[first + 1]], corners[indices[first + 2]]
            )
            let turn = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
            return sum + turn.magnitude
        }
    }

    @Test func `that is convex becomes a fan`() {
        let square = corners([(0, 0), (1, 0), (1, 1), (0, 1)])
        #expect(Triangulation.triangles(of: square) == [0, 1, 2, 0, 2, 3])
    }

    @Test func `that is concave is cut into triangles that cover it once`() {
        let arrow = corners([(0, 0), (4, 0), (4, 4), (2, 1)])
        let indices = Triangulation.triangles(of: arrow)
        #expect(indices.count == 6)
        #expect(area(arrow, indices) == 12, "twice the area by the shoelace formula")
    }

    @Test func `in either direction keeps its order`() {
        let star = (0..<10).map { index in
            let radius: Float = index % 2 == 0 ? 3 : 1
            let places: [(Float, Float)] = [
                (0, 1), (0.59, 0.81), (0.95, 0.31), (0.95, -0.31), (0.59, -0.81), (0, -1),
                (-0.59, -0.81), (-0.95, -0.31), (-0.95, 0.31), (-0.59, 0.81),
            ]
            return (places[index].0 * radius, places[index].1 * radius)
        }
        let clockwise = corners(star), turned = corners(star.reversed())
        let areas = [clockwise, turned].map { area($0, Triangulation.triangles(of: $0)) }
        #expect(abs(areas[0] - areas[1]) < 1e-4)
        #expect(areas[0] < 18)
    }

    @Test func `that crosses itself or has no area still ends`() {
        let bow = corners([(0, 0), (1, 1), (1, 0), (0, 1), (0.5, 3)])
        #expect(Triangulation.triangles(of: bow).count == 9)
        let point = corners(Array(repeating: (1, 1), count: 5))
        #expect(Triangulation.triangles(of: point).count == 9)
    }
}
