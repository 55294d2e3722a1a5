import Foundation
import Testing

@testable import Inventory

@Suite struct SourceGlobTests {
    let project: ManifestProject

    init() throws {
        project = try ManifestProject()
        for name in ["a.c", "lib/b.c", "lib/deep/c.c", "lib/ä b.c", ".hidden/d.c", "lib/.e.c"] {
            try project.write("", to: name)
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(project.directory)/lib/loop", withDestinationPath: "..")
    }

    @Test(arguments: [
        ("*.c", ["a.c"]),
        ("lib/*.c", ["lib/b.c", "lib/ä b.c"]),
        ("lib/?.c", ["lib/b.c"]),
        ("lib/**/*.c", ["lib/b.c", "lib/deep/c.c", "lib/ä b.c"]),
        ("**/c.c", ["lib/deep/c.c"]),
        ("./lib/b.c", ["lib/b.c"]),
        ("lib/.e.c", ["lib/.e.c"]),
        ("*/b.*", ["lib/b.c"]),
        ("lib", []),
        ("none/*.c", []),
    ])
    func `a pattern matches files below the directory`(pattern: String, files: [String]) {
        #expect(SourceGlob(pattern).matches(in: project.directory, max: 100) == files)
    }

    @Test func `a name with many stars is matched in time`() {
        let pattern = Array(String(repeating: "*a", count: 50) + "b")
        #expect(!SourceGlob.match(pattern, Array(String(repeating: "a", count: 5_000))))
    }
}
