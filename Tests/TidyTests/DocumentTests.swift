import Foundation
import Testing

/// What one page says of another one, and of the tree.
@Suite struct DocumentTests {
    private static let pages =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        + Repository.files(
            under: ["Documentation", "Benchmarks", "Examples", "Templates"], endings: [".md"])

    private struct Link {
        let page: String
        let target: String
        /// Of the file it leads to, relative to the root.
        let path: String
        let anchor: String?
    }

    /// Those that lead to a file of this tree.
    private static func links() throws -> [Link] {
        try pages.flatMap { page in
            try Repository.text(of: page).matches(of: #/\]\(([^)\s]+)\)/#).compactMap { match in
                let target = String(match.output.1)
                guard !target.contains("://"), !target.hasPrefix("mailto:") else { return nil }
                let parts = target.split(
                    separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let folder = Repository.root.appendingPathComponent(page)
                    .deletingLastPathComponent()
                let file =
                    parts[0].isEmpty
                    ? Repository.root.appendingPathComponent(page)
                    : folder.appendingPathComponent(String(parts[0]))
                return Link(
                    page: page, target: target,
                    path: String(
                        file.standardizedFileURL.path.dropFirst(Repository.root.path.count + 1)),
                    anchor: parts.count > 1 ? String(parts[1]) : nil)
            }
        }
    }

    /// As pages are shown: lower case, no punctuation, a hyphen for each space.
    private static func anchors(of page: String) throws -> [String] {
        try Repository.text(of: page).split(separator: "\n").filter { $0.hasPrefix("#") }
            .map { heading in
                String(
                    heading.drop { $0 == "#" || $0 == " " }.lowercased().compactMap { character in
                        if character == " " { return "-" }
                        let stays = character.isLetter || character.isNumber
                        return stays || character == "-" || character == "_" ? character : nil
                    })
            }
    }

    @Test func `every link of a page leads somewhere`() throws {
        let links = try Self.links()
        #expect(links.count > 50)
        let broken = try links.filter { link in
            let file = Repository.root.appendingPathComponent(link.path).path
            guard FileManager.default.fileExists(atPath: file) else { return true }
            guard let anchor = link.anchor else { return false }
            return try !Self.anchors(of: link.path).contains(anchor)
        }
        #expect(broken.map { "\($0.page): \($0.target)" } == [])
    }

    @Test func `every page can be reached from README`() throws {
        let links = try Self.links()
        var reached: Set<String> = ["README.md"]
        var waiting = ["README.md"]
        while let page = waiting.popLast() {
            for link in links where link.page == page && reached.insert(link.path).inserted {
                waiting.append(link.path)
            }
        }
        // A folder stands for what it lists.
        let lost = Self.pages.filter { page in
            !reached.contains { $0 == page || page.hasPrefix("\($0)/") }
        }
        #expect(lost.filter { !$0.hasPrefix("Templates/") } == [])
    }

    @Test func `nothing here cites a page that is not here`() throws {
        let files = TidyTests.code + Self.pages
        let citing = try files.filter { path in
            try Repository.text(of: path).contains("DESIGN" + " §")
        }
        #expect(citing == [])
    }
}
