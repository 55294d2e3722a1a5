import Inventory
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
        let text = TargetTable(statuses: statuses).lines.map { $0 + "\n" }.joined()
        try expectGolden(text, at: "targets.txt")
    }
}
