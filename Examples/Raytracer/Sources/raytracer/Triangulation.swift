import Marionette

/// Cuts a flat polygon into triangles: a fan where it is convex, ears where it is not.
enum Triangulation {
    /// The work that a polygon may cost; a hostile one is cut as a fan after that.
    static let testsMax = 20_000_000

    /// Indices of corners, three for each triangle, in the polygon's order.
    static func triangles(of corners: [Vector]) -> [Int] {
        let points = projected(corners)
        if corners.count <= 3 || isConvex(points) { return fan(Array(corners.indices)) }
        return ears(points)
    }

    private struct Point {
        var x: Double
        var y: Double
    }

    /// Along the axis that the normal (Newell's) is nearest to, counter-clockwise.
    private static func projected(_ corners: [Vector]) -> [Point] {
        var normal = (x: 0.0, y: 0.0, z: 0.0)
        for (index, a) in corners.enumerated() {
            let b = corners[(index + 1) % corners.count]
            normal.x += (Double(a.y) - Double(b.y)) * (Double(a.z) + Double(b.z))
            normal.y += (Double(a.z) - Double(b.z)) * (Double(a.x) + Double(b.x))
            normal.z += (Double(a.x) - Double(b.x)) * (Double(a.y) + Double(b.y))
        }
        let (x, y, z) = (abs(normal.x), abs(normal.y), abs(normal.z))
        return corners.map { corner in
            let (cx, cy, cz) = (Double(corner.x), Double(corner.y), Double(corner.z))
            if x >= y, x >= z { return normal.x >= 0 ? Point(x: cy, y: cz) : Point(x: cz, y: cy) }
            if y >= z { return normal.y >= 0 ? Point(x: cz, y: cx) : Point(x: cx, y: cz) }
            return normal.z >= 0 ? Point(x: cx, y: cy) : Point(x: cy, y: cx)
        }
    }

    /// Twice the area of the triangle; positive where it turns to the left.
    private static func turn(_ a: Point, _ b: Point, _ c: Point) -> Double {
        (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
    }

    private static func isConvex(_ points: [Point]) -> Bool {
        points.indices.allSatisfy { index in
            let next = points[(index + 1) % points.count]
            return turn(points[index], next, points[(index + 2) % points.count]) >= 0
        }
    }

    private static func fan(_ rest: [Int]) -> [Int] {
        rest.indices.dropFirst().dropLast().flatMap { [rest[0], rest[$0], rest[$0 + 1]] }
    }

    private static func ears(_ points: [Point]) -> [Int] {
        var rest = Array(points.indices)
        var triangles: [Int] = []
        var tests = 0
        while rest.count > 3 {
            let ear = rest.indices.first { index in
                let before = rest[(index + rest.count - 1) % rest.count]
                let after = rest[(index + 1) % rest.count]
                tests += 1
                guard turn(points[before], points[rest[index]], points[after]) > 0 else {
                    return false
                }
                tests += rest.count
                let triangle = [before, rest[index], after]
                return !rest.contains { corner in
                    !triangle.contains(corner)
                        && contains(triangle.map { points[$0] }, points[corner])
                }
            }
            // A polygon that crosses itself has no ear at times.
            guard let ear, tests <= testsMax else { break }
            let count = rest.count
            triangles += [rest[(ear + count - 1) % count], rest[ear], rest[(ear + 1) % count]]
            rest.remove(at: ear)
        }
        return triangles + fan(rest)
    }

    private static func contains(_ triangle: [Point], _ point: Point) -> Bool {
        turn(triangle[0], triangle[1], point) >= 0 && turn(triangle[1], triangle[2], point) >= 0
            && turn(triangle[2], triangle[0], point) >= 0
    }
}
