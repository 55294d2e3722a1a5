import Foundation
import RunRecords
import TestKit
import Testing

extension EndToEndTests {
    /// One operation of a capsule, executed again with real slaves, gdb and qemu.
    @Suite(.serialized) struct ReplayTests {
        /// What is built there stays for the next run of the tests.
        private static let directory = "\(Checkout.root)/.build-e2e/replay"
        private static let machines = ["x86_64-linux-musl", "s390x-linux-musl"]

        private static let files = [
            "prism.x": """
            struct Tile { int at; float shades<64>; };
            struct Scene { string name<32>; int palette<8>; };
            application Prism {
                shared Scene scene;
                shared Scene other;
                context void level(int depth);
                worker Tile render(int first) reads scene;
            } = 0x20001977;
            """,
            "worker.c": """
            #include "prism.h"
            #include <string.h>

            static int32_t depth;

            bool prism_level(struct mrn_call *call, int32_t value)
            {
                (void)call;
                depth = value;
                return true;
            }

            bool prism_render(struct mrn_call *call, const Scene *scene, int32_t first, Tile *tile)
            {
                const int32_t *volatile color = first < depth ? scene->palette.items : NULL;
                const uint32_t one = 1;
                unsigned char low;
                memcpy(&low, &one, 1);
                tile->at = (int32_t)mrn_position(call);
                tile->shades = mrn_array(call, float, 4);
                for (int i = 0; i < 4; i++)
                    tile->shades.items[i] = (float)color[i] + (i == 2 ? (float)low : 0.0f);
                return true;
            }

            """,
            "marionette.yaml": """
            application: prism
            interface: prism.x
            master: { product: prism }
            worker: { language: c, sources: [worker.c] }
            hosts:
              here: { target: x86_64-linux-musl, via: local }
              mainframe: { target: s390x-linux-musl, via: local, emulator: [qemu-s390x-static] }

            """,
            "Package.swift": "// swift-tools-version: 6.2\n",
        ]

        init() throws {
            for (name, text) in Self.files {
                let path = "\(Self.directory)/\(name)"
                if (try? String(contentsOfFile: path, encoding: .utf8)) == text { continue }
                try FileManager.default.createDirectory(
                    atPath: Self.directory, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            }
        }

        private static func marionette(_ arguments: String...) throws -> TestProcess {
            try TestProcess.run(
                [Checkout.marionette] + arguments, directory: directory, within: 900)
        }

        private static func words(_ words: UInt32...) -> [UInt8] {
            words.flatMap { word in
                (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
            }
        }

        /// The path of a capsule: `render(first)` at position 9, after `level(24)` and a scene.
        private static func capsule(first: UInt32, _ outcome: Capsule.Outcome) throws -> String {
            let shown = try marionette("interface", "show", "prism.x").output
            let digits = Array(try #require(shown.split(separator: "\n").first).dropFirst(5))
            let hash = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(digits[$0..<$0 + 2]), radix: 16)
            }
            let capsule = Capsule(
                application: "Prism", program: 0x2000_1977, version: 1, interfaceHash: hash,
                host: "mainframe", target: "s390x-linux-musl", build: "", procedure: 2,
                operation: "render", place: OperationPlace(statement: 4), position: 9,
                arguments: words(first), worker: 0, attempt: 3, outcome: outcome,
                updates: [
                    Capsule.Update(
                        position: 2, change: .context(procedure: 1, arguments: words(24))),
                    Capsule.Update(
                        position: 5,
                        change: .shared(
                            slot: 0, version: 3,
                            bytes: words(4, 0x6461_776e, 8, 1, 2, 3, 4, 5, 6, 7, 8))),
                ])
            let path = "\(directory)/capsule-\(first)"
            try Data(try capsule.encoded()).write(to: URL(fileURLWithPath: path))
            return path
        }

        @Test func `an operation that died dies again, on its target, natively, and under gdb`()
            throws
        {
            let path = try Self.capsule(
                first: 30, .death(kills: 3, how: "killed by SIGSEGV"))
            for target in Self.machines {
                let replay = try Self.marionette("replay", path, "--target", target)
                #expect(replay.status == 1, "\(replay.told)")
                #expect(
                    replay.output.contains(
                        "its worker was killed by SIGSEGV: a null pointer was used"),
                    "\(replay.told)")
                #expect(replay.output.contains(" prism_render at worker.c:22"), "\(replay.told)")
                #expect(replay.output.hasSuffix("\nthe same as in the run\n"), "\(replay.told)")

                let gdb = try Self.marionette(
                    "replay", path, "--target", target, "--debug", "--", "--batch", "-ex",
                    "print first", "-ex", "continue", "-ex", "backtrace")
                #expect(gdb.status == 0, "\(gdb.told)")
                let stops = gdb.output.ranges(of: "prism_render (")
                #expect(stops.count > 1, "\(gdb.told)")
                #expect(gdb.output.contains("\n$1 = 30\n"), "\(gdb.told)")
                #expect(
                    gdb.output.contains("Program received signal SIGSEGV"), "\(gdb.told)")
            }
            // By default the target on which it died.
            let replay = try Self.marionette("replay", path)
            #expect(
                replay.errors.contains(
                    "'render' (operation 4) on this machine for s390x-linux-musl under "
                        + "qemu-s390x-static"), "\(replay.told)")
        }

        @Test func `a host of the manifest executes it, from its store`() throws {
            let path = try Self.capsule(first: 30, .death(kills: 3, how: "killed by SIGSEGV"))
            let server = try TestSSHServer(alias: "there")
            let text = """
                ssh: { configuration: '\(server.configuration)' }
                application: prism
                interface: prism.x
                master: { product: prism }
                worker: { language: c, sources: [worker.c] }
                hosts:
                  there: { target: x86_64-linux-musl }

                """
            let manifest = URL(fileURLWithPath: "\(Self.directory)/marionette.yaml")
            try Data(text.utf8).write(to: manifest)
            defer { try? Data((Self.files["marionette.yaml"] ?? "").utf8).write(to: manifest) }
            let replay = try Self.marionette("replay", path, "--on", "there")
            #expect(replay.status == 1, "\(replay.told)")
            #expect(replay.errors.contains("(operation 4) on there for x86_64-linux-musl"))
            #expect(replay.output.contains(" prism_render at worker.c:22"), "\(replay.told)")
            #expect(replay.output.hasSuffix("\nthe same as in the run\n"), "\(replay.told)")
            let bundles = "\(server.directory)/.cache/marionette/bundles"
            #expect(try FileManager.default.contentsOfDirectory(atPath: bundles).count == 1)
        }

        @Test func `a result is compared with the recorded one, and between machines`() throws {
            let tile = Self.words(9, 4, 0x3f80_0000, 0x4000_0000, 0x4040_0000, 0x4080_0000)
            let path = try Self.capsule(first: 3, .result(tile))
            let same = try Self.marionette("replay", path)
            #expect(same.status == 0, "\(same.told)")
            #expect(
                same.output == """
                    it succeeded with {at: 9, shades: [1.0, 2.0, 3.0, 4.0]}
                    the same as in the run

                    """, "\(same.told)")
            let native = try Self.marionette("replay", path, "--native")
            #expect(native.status == 1, "\(native.told)")
            #expect(
                native.output.contains(
                    "result.shades[2] was 3.0 (0x40400000), now it is 4.0 (0x40800000)"),
                "\(native.told)")
            let compared = try Self.marionette("compare", path)
            #expect(compared.status == 1, "\(compared.told)")
            #expect(
                compared.output == """
                    in the run         succeeded, 24 B
                    s390x-linux-musl   succeeded, 24 B
                    x86_64-linux-musl  succeeded, 24 B
                    first difference: result.shades[2]
                      in the run         3.0 (0x40400000)
                      x86_64-linux-musl  4.0 (0x40800000)

                    """, "\(compared.told)")
        }
    }
}
