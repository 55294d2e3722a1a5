import Foundation
import TestKit
import Testing

/// The examples of Documentation/Distribution.md print what the page says, numbers and names of bundles
/// apart.
@Suite struct DistributionPageTests {
    @Test func `each example of the page prints what the page says`() throws {
        let servers = try ["node1", "node2"].map { try TestSSHServer(alias: $0) }
        let example = try Example()
        let configuration = try servers.map {
            try String(contentsOfFile: $0.configuration, encoding: .utf8)
        }
        try example.write(configuration.joined(), to: "ssh_config")
        try example.write(
            """
            application: fleet
            programs:
              monitor: { sources: [monitor.c] }
            ssh: { configuration: ssh_config }
            hosts:
              node[1-2]: { target: x86_64-linux-musl }
            """, to: "marionette.yaml")
        var program: TestProcess?
        for version in 1...4 {
            try example.write(
                "#include <stdio.h>\nint main(void) { return getchar() + \(version); }\n",
                to: "monitor.c")
            _ = try example.run("marionette push")
            guard version == 1 else { continue }
            let path = "\(servers[0].directory)/.cache/marionette/current/fleet/bin/monitor"
            program = try TestProcess([path])
        }
        defer { program?.end() }
        let damaged = "\(servers[1].directory)/.cache/marionette/current/fleet/bin/monitor"

        let blocks = try Page(named: "Distribution.md").blocks.filter { $0.text.hasPrefix("$ ") }
        #expect(blocks.count == 5)
        for block in blocks {
            if block.text.hasPrefix("$ marionette verify") {
                let file = try FileHandle(forWritingTo: URL(fileURLWithPath: damaged))
                try file.seek(toOffset: 2_000)
                try file.write(contentsOf: Data("damage".utf8))
                try file.close()
            }
            var printed = ""
            for line in block.text.split(separator: "\n") where line.hasPrefix("$ ") {
                let command = line.dropFirst(2)
                printed += "\(line)\n" + (try example.run("\(command) 2>&1 || :"))
            }
            for server in servers {
                printed = printed.replacing(server.directory, with: "/home/pi")
            }
            #expect(plain(printed) == plain(block.text), "\(printed)")
        }
    }

    private func plain(_ text: String) -> String {
        text.replacing(/[0-9a-f]{12}/, with: "DIGEST")
            .replacing(/[0-9][0-9.]*( [KMGT]?B)?/, with: "N").replacing(#/ +/#, with: " ")
    }
}
