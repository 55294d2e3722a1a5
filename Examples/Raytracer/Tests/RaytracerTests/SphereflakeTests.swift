import Foundation
import Marionette
import Testing

@testable import raytracer

@Suite struct `The sphereflake` {
    private static let script = Programs.example.appending(path: "Scripts/balls").path

    private func scene(depth: Int) throws -> Scene {
        let outcome = try Programs.run([Self.script, "--depth", "\(depth)"])
        return try NFFReader.read([UInt8](outcome.output), file: "balls.nff").scene
    }

    @Test(arguments: [(0, 1), (1, 10), (2, 91), (3, 820), (4, 7381)])
    func `has nine spheres on each sphere`(depth: Int, count: Int) throws {
        #expect(try scene(depth: depth).spheres.count == count)
    }

    @Test func `has its first nine where the Standard Procedural Database has them`() throws {
        let spheres = try scene(depth: 1).spheres
        // Three above and six around the waist, as other programs that know the scene list them.
        let published: [(Float, Float, Float)] = [
            (0.272166, 0.272166, 0.544331), (0.643951, 0.172546, 0), (0.172546, 0.643951, 0),
            (-0.371785, 0.0996195, 0.544331), (-0.471405, 0.471405, 0),
            (-0.643951, -0.172546, 0), (0.0996195, -0.371785, 0.544331),
            (-0.172546, -0.643951, 0), (0.471405, -0.471405, 0),
        ]
        for (x, y, z) in published {
            let place = SIMD3(Double(x), Double(y), Double(z))
            #expect(spheres.contains { (SIMD3($0.center) - place).length < 1e-4 })
        }
        #expect(spheres.dropFirst().allSatisfy { abs($0.radius - 1.0 / 6) < 1e-6 })
    }

    @Test func `grows outwards, each sphere touching a larger one`() throws {
        let spheres = try scene(depth: 3).spheres
        for sphere in spheres.dropFirst() {
            let center = SIMD3<Double>(sphere.center)
            let touches = spheres.contains { larger in
                larger.radius > 2 * sphere.radius
                    && abs(
                        (center - SIMD3(larger.center)).length
                            - Double(larger.radius + sphere.radius)) < 1e-5
            }
            #expect(touches)
        }
    }

    @Test func `is not grown without end`() throws {
        let outcome = try Programs.run([Self.script, "--depth", "7"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.hasSuffix("balls: error: --depth is 0 to 6, not 7\n"))
    }
}
