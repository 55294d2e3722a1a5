import Inventory
import SlaveBuild
import TestKit
import Testing

@testable import Inventory
@testable import MarionetteCommand

@Suite struct TargetTableTests {
    private static let zig = Toolchain(kind: .zig, path: "/zig", version: "0.17.1")
    private static let gcc = Toolchain(
        kind: .gcc, path: "/gcc", version: "12.2.0", cxxPath: "/g++", files: "/lib/gcc")
    private static let swiftc = SwiftToolchain(path: "/swiftc", version: "Swift 9", resources: "/")

    /// - Parameter options: toolchain, whether it is here, why it can't.
    private static func status(
        _ name: String, _ options: [(kind: Toolchain.Kind, found: Toolchain?, reason: String?)],
        swift: SwiftStatus = .onlyC(reason: "it is big"), change: (inout Target) -> Void = { _ in }
    ) -> TargetStatus {
        var target = Target(
            name: name, machines: [String(name.prefix { $0 != "-" })], endianness: .big,
            wordBits: 64,
            recipes: options.map { TargetRecipe(toolchain: $0.kind, triple: name, flags: []) })
        change(&target)
        return TargetStatus(
            target: target,
            options: options.map { option in
                TargetStatus.Option(
                    recipe: TargetRecipe(toolchain: option.kind, triple: name, flags: []),
                    toolchain: option.found, reason: option.reason,
                    remedy: option.found == nil ? "install \(option.kind.rawValue)-\(name)" : nil)
            }, isNative: name == "here-linux-musl", swift: swift)
    }

    @Test func `the table says what builds a target and why, and what would build the rest`() throws
    {
        let statuses = [
            Self.status("both-linux-gnu", [(.zig, Self.zig, nil), (.gcc, Self.gcc, nil)]),
            Self.status("first-linux-gnu", [(.zig, Self.zig, nil), (.gcc, nil, nil)]),
            Self.status(
                "here-linux-musl", [(.zig, Self.zig, nil)], swift: .buildable(Self.swiftc)
            ) { target in
                target.endianness = .little
                target.machines = ["here", "there"]
            },
            Self.status(
                "mine", [(.zig, Self.zig, "unknown architecture: 'mine'")],
                swift: .onlyC(reason: "Targets/mine.yaml has no key 'swift'")
            ) { target in
                target.endianness = .little
                target.isOwn = true
            },
            Self.status("missing-linux-gnu", [(.zig, nil, nil), (.gcc, nil, nil)]) { target in
                target.notes = ["Linux 5.10 is the oldest"]
            },
            Self.status(
                "second-linux-gnu",
                [(.zig, Self.zig, "it makes no code for 'second'"), (.gcc, Self.gcc, nil)]
            ) { target in
                target.floats = "doubles have 80 bits"
                target.notes = ["Linux 5.10 is the oldest"]
            },
            Self.status(
                "third-linux-musl", [(.clang, nil, nil), (.gcc, Self.gcc, nil)],
                swift: .missing(remedy: "install Swift")),
        ]
        let lines = TargetTable(statuses: statuses).lines
        #expect(lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("for ") })
        let text = lines.map { $0 + "\n" }.joined()
        try expectGolden(text, at: "targets.txt")
    }

    @Test func `sizes stand below each other, with what changed`() {
        let table = SizeTable(programs: [
            MeasuredProgram(
                target: "s390x-linux-musl", name: "slave",
                sizes: ProgramSizes(text: 123_456, data: 10, bss: 2_000), before: nil, map: ""),
            MeasuredProgram(
                target: "s390x-linux-musl", name: "monitor",
                sizes: ProgramSizes(text: 99, data: 1, bss: 0),
                before: ProgramSizes(text: 1_111, data: 1, bss: 0), map: ""),
            MeasuredProgram(
                target: "x86", name: "tool", sizes: ProgramSizes(text: 1_000),
                before: ProgramSizes(text: 0), map: ""),
            MeasuredProgram(
                target: "x86", name: "same", sizes: ProgramSizes(text: 1),
                before: ProgramSizes(text: 1), map: ""),
        ])
        #expect(
            table.lines.map { $0 + "\n" }.joined() == """
                target            program     text  data    bss    total  change
                s390x-linux-musl  slave    123,456    10  2,000  125,466
                s390x-linux-musl  monitor       99     1      0      100  -1,012
                x86               tool       1,000     0      0    1,000  +1,000
                x86               same           1     0      0        1       =

                """)
    }
}
