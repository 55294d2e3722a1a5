import Diagnostics
import Foundation
import TestKit
import Testing

@testable import Inventory

/// Manifests as nobody writes them: read or refused with a place, never a crash, never a wait.
@Suite(.timeLimit(.minutes(20))) struct ManifestMutationTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    private static let valid = """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker:
          language: c
          sources: [worker/*.c]
          flags: &flags [-DA, "-DB=2"]
          libraries: [m, z]
        programs:
          tool: { sources: [tool/*.cc, "${OUT}/table.c"], hosts: ["pi[1-2].local"] }
        libraries:
          z: { project: cmake, directory: zlib, products: [lib/libz.a] }
          old: { files: { s390x-linux-musl: [lib/s390x/libz.a] }, include: [lib] }
        rules:
          table: { outputs: [table.c], command: [python3, gen/table.py, "${OUT}/table.c"] }
        ssh: { configuration: ssh_config }
        hosts:
          pi[1-4].local: &pi { target: aarch64-linux-musl, user: pi, port: 22 }
          'mainframe': { target: s390x-linux-musl, workers: 2, store: /var/tmp/marionette }
          here: { via: local }
          there: *pi

        """

    @Test(arguments: (1...30).map { UInt64($0) })
    func `a manifest that was changed anyhow is read, or refused with a place for each fault`(
        seed: UInt64
    ) throws {
        var numbers = SeededNumbers(seed)
        for round in 0..<30 {
            let bytes = Self.mutated(Array(Self.valid.utf8), &numbers)
            let path = "\(project.directory)/\(Manifest.fileName)"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                _ = try Manifest.load(
                    directory: project.directory, catalog: ManifestProject.catalog)
            } catch {
                let faults = error.diagnostics
                #expect(!faults.isEmpty, "seed \(seed), round \(round)")
                for fault in faults {
                    let text = fault.rendered
                    #expect(fault.place != nil, "seed \(seed), round \(round): \(text)")
                    #expect(
                        !text.unicodeScalars.contains {
                            $0.value < 0x20 && $0 != "\n" && $0 != "\t"
                        },
                        "seed \(seed), round \(round): \(text)")
                    let line = fault.place?.line ?? 1
                    #expect((1...bytes.count + 1).contains(line), "seed \(seed), round \(round)")
                }
            }
        }
    }

    private static func mutated(_ original: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
        var bytes = original
        let odd: [String] = [
            "\u{0}", "\u{1b}[2J", "\t", "\r", "\u{85}", "\u{202e}", "\u{feff}", "&a ", "*a", "*pi",
            "<<: *pi\n", "{", "}", "[", "]", ": ", "- ", "? ", "|\n", ">\n", "'", "\"", "#",
            "!!int ",
            "!x ", "---\n", "...\n", "%YAML 1.3\n", "~", "null", "[[[[[[", "{a: {b: {c: ", "\u{e9}",
            "🎻",
            "application: again\n", "  language: c++\n", ", port: 9", "9999999999999999999999",
            "0x1f",
            "yes", "1e400", ".inf", "[1-9999999]", "[a]", "pi[3-1]",
        ]
        for _ in 0...numbers.below(4) {
            let at = numbers.below(bytes.count + 1)
            switch numbers.below(6) {
            case 0: bytes.insert(contentsOf: odd[numbers.below(odd.count)].utf8, at: at)
            case 1: bytes.insert(UInt8(numbers.below(256)), at: at)
            case 2 where at < bytes.count: bytes[at] = UInt8(numbers.below(256))
            case 3:
                let end = min(bytes.count, at + numbers.below(30))
                bytes.removeSubrange(at..<end)
            case 4:
                // A part of it a second time, elsewhere: keys, lines, halves of lines.
                let part = bytes[at..<min(bytes.count, at + numbers.below(60))]
                bytes.insert(contentsOf: Array(part), at: numbers.below(bytes.count + 1))
            default:
                let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
                let line = lines[numbers.below(lines.count)]
                bytes += line + [0x0a]
            }
        }
        return bytes
    }

    @Test func `values that stand in each other without end are refused where they get too deep`()
        throws
    {
        let flow = "hosts: " + String(repeating: "[", count: 200_000)
        #expect(
            try project.told(flow) == """
                marionette.yaml:1:9: error: not valid YAML: more than 64 values stand in each other
                """)
        let block = (0..<1_000).map { String(repeating: " ", count: $0) + "a:" }
        #expect(
            try project.told(block.joined(separator: "\n")).hasPrefix(
                "marionette.yaml:64:64: error: not valid YAML: more than 64 values stand in each other"
            )
        )
    }

    @Test func `aliases of aliases take neither time nor memory for what they stand for`() throws {
        var yaml = "a0: &a0 [x, y]\n"
        for level in 1...40 { yaml += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        // As keys, too: whoever compares them would compare all that they stand for.
        yaml += "? *a38\n: 1\n? *a38\n: 2\n"
        let told = try project.told(yaml)
        #expect(told.contains("error: unknown key 'a0' in the manifest"))
        #expect(told.contains("error: a key expects text, not a list"))
        let deep = (1...100).reduce("a0: &a0 [x]\n") { $0 + "a\($1): &a\($1) [*a\($1 - 1)]\n" }
        #expect(
            try project.told(deep).hasPrefix(
                "marionette.yaml:63:12: error: not valid YAML: more than 64 values stand in each other"
            ))
    }

    @Test func `a huge manifest is refused by its size, or read in no time`() throws {
        let large = String(repeating: "# nothing\n", count: 200_000)
        #expect(
            try project.told(large)
                == "error: can't read 'marionette.yaml': it is larger than 1048576 bytes")
        let keys = (0..<60_000).map { "key\($0): 1\n" }.joined()
        #expect(try project.told(keys).split(separator: "\n").count < 300)
    }

    @Test(arguments: ["a pipe", "a directory", "a socket", "a device"])
    func `a manifest that is no regular file is refused, and nobody waits for it`(
        kind: String
    ) throws {
        let path = "\(project.directory)/\(Manifest.fileName)"
        try Self.make(kind, path)
        let error = try #require(throws: InventoryError.self) {
            _ = try Manifest.load(directory: project.directory, catalog: ManifestProject.catalog)
        }
        let reason =
            kind == "a socket" ? "no such device or address" : "it is \(kind), and no regular file"
        #expect(
            error.diagnostic.rendered.replacing("\(project.directory)/", with: "")
                == "error: can't read 'marionette.yaml': \(reason)")
    }

    @Test(arguments: ["a pipe", "a directory", "a device"])
    func `an interface or a source that is no regular file is refused with its place`(
        kind: String
    ) throws {
        try Self.make(kind, "\(project.directory)/odd.x")
        try Self.make(kind, "\(project.directory)/worker/odd.c")
        let told = try project.told(
            """
            application: demo
            interface: odd.x
            master: { product: demo }
            worker: { language: c, sources: [worker/odd.c] }

            """)
        let source =
            kind == "a directory" ? "'worker/odd.c' is a directory" : "'worker/odd.c' is \(kind)"
        #expect(
            told == """
                marionette.yaml:2:12: error: 'odd.x' is \(kind)
                 2 | interface: odd.x
                   |            ^~~~~
                marionette.yaml:4:34: error: \(source)
                 4 | worker: { language: c, sources: [worker/odd.c] }
                   |                                  ^~~~~~~~~~~~
                """)
    }

    private static func make(_ kind: String, _ path: String) throws {
        switch kind {
        case "a pipe": try #require(mkfifo(path, 0o600) == 0)
        case "a directory":
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        case "a device":
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: "/dev/zero")
        default:
            let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { bytes in
                bytes.copyBytes(from: Array(path.utf8.prefix(bytes.count - 1)))
            }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) }
            }
            try #require(bound == 0)
        }
    }

    @Test(arguments: [
        ("cpp", "c++"), ("CPP", "c++"), ("cxx", "c++"), ("cc", "c++"), ("C++", "c++"),

        ("C", "c"), ("Swift", "swift"), ("swfit", "swift"), ("embedded swift", "swift"),
    ])
    func `a language that others call otherwise is known`(written: String, meant: String) throws {
        let told = try project.told(
            """
            application: demo
            interface: demo.x
            master: { product: demo }
            worker: { language: \(written), sources: [worker/*.c] }

            """)
        #expect(told.contains("help: did you mean '\(meant)'?"), "\(told)")
    }

    @Test(arguments: (1...20).map { UInt64($0) })
    func `a misspelt key gets the one that was meant`(seed: UInt64) throws {
        var numbers = SeededNumbers(seed)
        let keys = [
            "application", "interface", "master", "worker", "hosts", "product", "language",
            "sources",
            "flags", "libraries", "target", "user", "port", "workers", "store", "configuration",
            "emulator", "address",
        ]
        let hosts = ["emulator: x", "address: 10.0.0.1"].joined(separator: ", ")
        for key in keys {
            let wrong = numbers.misspelling(of: key)
            guard !keys.contains(wrong), wrong != "ssh" else { continue }
            let yaml = Self.valid.replacing("workers: 2", with: "workers: 2, \(hosts)")
                .replacing("\(key): ", with: "\(wrong): ", maxReplacements: 1)
                .replacing("\n\(key):\n", with: "\n\(wrong):\n", maxReplacements: 1)
            let told = try project.told(yaml)
            #expect(told.contains("unknown key '\(wrong)'"), "seed \(seed), \(wrong): \(told)")
            #expect(
                told.contains("help: did you mean '\(key)'?"), "seed \(seed), \(wrong): \(told)")
        }
    }
}
