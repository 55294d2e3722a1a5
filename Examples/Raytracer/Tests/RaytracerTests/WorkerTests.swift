import Foundation
import Testing

/// The worker's C sources, compiled for this machine and for others.
@Suite struct `The worker` {
    private static func check(_ architecture: Picture.Architecture) throws -> String {
        try Programs.withTemporaryDirectory { folder in
            let program = try Picture(program: "check", architecture, in: folder)
            let outcome = try Programs.run(program.command)
            return String(decoding: outcome.output, as: UTF8.self) + outcome.errors
        }
    }

    /// Changes only together with the arithmetic: a new compiler must not change it.
    static let told = "0 of 128334 checks failed, digest f59c7f162b603226\n"

    @Test func `calculates and intersects as analysis says, with sanitizers watching`() throws {
        #expect(try Self.check(.native) == Self.told)
    }

    @Test(arguments: Picture.Architecture.emulated.filter(\.isAvailable))
    func `gives the same bits on another architecture`(
        _ architecture: Picture.Architecture
    ) throws {
        #expect(try Self.check(architecture) == Self.told)
    }
}
