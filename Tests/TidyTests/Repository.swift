import Foundation

/// The files of the checkout that holds these tests, as git would list them.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Paths relative to the root, sorted; build products, caches and goldens left out.
    static func files(
        under folders: [String], endings: [String], alsoGenerated: Bool = false
    ) -> [String] {
        folders.flatMap { folder -> [String] in
            let names = FileManager.default.enumerator(
                atPath: root.appendingPathComponent(folder).path)
            return (names?.compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }
        }
        .filter { path in
            endings.contains { path.hasSuffix($0) } && (alsoGenerated || !isGenerated(path))
        }
        .sorted()
    }

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    private static func isGenerated(_ path: String) -> Bool {
        path.split(separator: "/").contains { part in
            part.hasPrefix(".") || ["Goldens", "Generated", "out"].contains(String(part))
        } || path.contains("slave_protocol.")
    }
}
