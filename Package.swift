// swift-tools-version: 6.2
import PackageDescription

// The module graph, in dependency order: a module imports only what stands above it.
// Documentation/ARCHITECTURE.md has a page for each.

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "marionette",
    products: [
        .library(name: "Marionette", targets: ["Marionette"]),
        .library(name: "RunRecords", targets: ["RunRecords"]),
        .library(name: "XDRCoding", targets: ["XDRCoding"]),
        .library(name: "Scheduling", targets: ["Scheduling"]),
        .plugin(name: "MarionetteInterface", targets: ["MarionetteInterface"]),
    ],
    targets: [
        // Maps of system libraries, nothing else.
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CLibSSH", pkgConfig: "libssh", providers: [.apt(["libssh-dev"])]),
        .systemLibrary(
            name: "CLibSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // The bulk conversion of numbers, which is a header of CSlave.
        .systemLibrary(name: "CByteOrder"),

        // The slave's runtime in C99 and POSIX, built here for tests; SlaveBuild builds the same
        // sources for each target.
        .target(name: "CSlave"),
        // An error as summary, notes, place with caret, and the remedy to type.
        .target(name: "Diagnostics", swiftSettings: strict),
        // JSON of values that are Codable, without Foundation.
        .target(name: "JSONCoding", swiftSettings: strict),
        // Progress lines on a terminal, plain lines elsewhere.
        .target(name: "Console", dependencies: ["Diagnostics"], swiftSettings: strict),
        // SHA-256 of bytes and files.
        .target(name: "Digests", dependencies: ["CLibCrypto"], swiftSettings: strict),
        // RFC 4506 in Swift, with limits.
        .target(name: "XDRCoding", dependencies: ["CByteOrder"], swiftSettings: strict),
        // What a worker in Swift stands on. SlaveBuild builds it as Embedded Swift for each target,
        // with XDRCoding; here it is compiled so that it is checked.
        .target(name: "CWorkerBridge", dependencies: ["CSlave"]),
        .target(
            name: "MarionetteWorker", dependencies: ["CWorkerBridge", "XDRCoding"],
            swiftSettings: strict),
        // .x text to a checked model to Swift and C stubs.
        .target(
            name: "InterfaceCompiler", dependencies: ["Diagnostics", "Digests"],
            swiftSettings: strict),
        // Our own messages and capsules, generated from Interfaces/*.x, and framing.
        .target(name: "WireProtocol", dependencies: ["XDRCoding"], swiftSettings: strict),
        // The master's decisions as one pure value: events in, actions out.
        .target(name: "Scheduling", swiftSettings: strict),
        // Where a host is: this machine, or an SSH destination.
        .target(name: "Endpoints", swiftSettings: strict),
        // Connections to hosts: SSH and local processes.
        .target(
            name: "Transport", dependencies: ["CLibSSH", "Diagnostics", "Digests", "Endpoints"],
            swiftSettings: strict),
        // What a run is told and what it leaves: description, event log, table, trace, capsules.
        .target(
            name: "RunRecords",
            dependencies: [
                "Console", "Diagnostics", "Digests", "Endpoints", "JSONCoding", "WireProtocol",
                "XDRCoding",
            ],
            swiftSettings: strict),
        // A run without its surroundings: submissions and bytes in, bytes, endings and effects out.
        .target(
            name: "Driving",
            dependencies: [
                "Diagnostics", "Digests", "RunRecords", "Scheduling", "WireProtocol", "XDRCoding",
            ],
            swiftSettings: strict),
        // The public library: Master, and the base of generated clients.
        .target(
            name: "Marionette",
            dependencies: [
                "CEpoll", "CLibSQLite", "Console", "Diagnostics", "Digests", "Driving",
                "JSONCoding", "RunRecords", "Scheduling", "Transport", "WireProtocol", "XDRCoding",
            ],
            swiftSettings: strict),
        // The interface compiler as a tool of SwiftPM, and the plugin that runs it on each .x file
        // of a package.
        .executableTarget(
            name: "MarionetteInterfaceTool", dependencies: ["Diagnostics", "InterfaceCompiler"],
            swiftSettings: strict),
        .plugin(
            name: "MarionetteInterface", capability: .buildTool(),
            dependencies: ["MarionetteInterfaceTool"]),
    ]
)

// What follows is the command and the tests: Tools/install leaves it out of the package that programs are
// built with, which takes nothing from the network then.

package.products.append(.executable(name: "marionette", targets: ["MarionetteCommand"]))
// For Benchmarks/build.
package.products.append(.library(name: "BuildGraph", targets: ["BuildGraph"]))
package.dependencies += [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
]
package.targets += [
    // The map of another system library.
    .systemLibrary(
        name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    // marionette.yaml, hosts, targets, toolchains.
    .target(name: "Inventory", dependencies: ["Diagnostics", "Yams"], swiftSettings: strict),
    // The generic incremental engine: nodes, plan, log, reasons, execution.
    .target(
        name: "BuildGraph", dependencies: ["Diagnostics", "Digests"], swiftSettings: strict),
    // Reproducible bundles through libarchive.
    .target(
        name: "Archives", dependencies: ["CLibArchive", "Diagnostics", "Digests"],
        swiftSettings: strict),
    // An application times its targets as a build graph.
    .target(
        name: "SlaveBuild",
        dependencies: [
            "Archives", "BuildGraph", "Diagnostics", "Digests", "InterfaceCompiler",
            "Inventory",
        ],
        swiftSettings: strict),
    // Each host's store: compare, push, verify, publish.
    .target(
        name: "Distribution",
        dependencies: ["Archives", "Console", "Diagnostics", "Transport"],
        swiftSettings: strict),
    // Attaching debuggers to workers of a run.
    .target(
        name: "Debugging",
        dependencies: [
            "Diagnostics", "Inventory", "JSONCoding", "RunRecords", "SlaveBuild", "Transport",
            "WireProtocol", "XDRCoding",
        ],
        swiftSettings: strict),
    // One operation of a capsule again, on one slave.
    .target(
        name: "Replaying",
        dependencies: [
            "Diagnostics", "Driving", "RunRecords", "Scheduling", "Transport", "WireProtocol",
            "XDRCoding",
        ],
        swiftSettings: strict),
    // The command: arguments, wiring, output, exit codes.
    .executableTarget(
        name: "MarionetteCommand",
        dependencies: [
            "Archives", "BuildGraph", "Console", "Debugging", "Diagnostics", "Distribution",
            "InterfaceCompiler", "Inventory", "Marionette", "Replaying", "RunRecords",
            "SlaveBuild", "Transport",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict),

    // Goldens, temporary directories, real sshd, the emulated cluster.
    .target(
        name: "TestKit", path: "Tests/TestKit", swiftSettings: strict),
    // Driver and scheduler in seeded worlds of failing hosts, and the command that runs many of
    // them.
    .target(
        name: "Simulation",
        dependencies: [
            "Driving", "RunRecords", "Scheduling", "TestKit", "WireProtocol", "XDRCoding",
        ],
        path: "Tests/Simulation", swiftSettings: strict),
    .executableTarget(
        name: "Simulate", dependencies: ["Simulation"], path: "Tests/Simulate",
        swiftSettings: strict),
    // Random programs on real processes, while a hand breaks what they stand on.
    .target(name: "CSoak", path: "Tests/CSoak"),
    // How much memory a process has taken; Swift sees no malloc.h.
    .target(name: "CAllocator", path: "Tests/CAllocator"),
    .executableTarget(
        name: "Soak",
        dependencies: [
            "CSoak", "Marionette", "RunRecords", "Scheduling", "Simulation", "TestKit",
            "Transport",
        ],
        path: "Tests/Soak", exclude: ["Worker"], swiftSettings: strict),
    // Master programs of processes that tests kill.
    .executableTarget(
        name: "TrialMaster", dependencies: ["CAllocator", "Console", "Marionette"],
        path: "Tests/TrialMaster",
        swiftSettings: strict),
    // Builds that tests kill.
    .executableTarget(
        name: "TrialBuild", dependencies: ["BuildGraph"], path: "Tests/TrialBuild",
        swiftSettings: strict),
    .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics"], swiftSettings: strict),
    .testTarget(name: "JSONCodingTests", dependencies: ["JSONCoding"], swiftSettings: strict),
    .testTarget(name: "ConsoleTests", dependencies: ["Console"], swiftSettings: strict),
    .testTarget(name: "DigestsTests", dependencies: ["Digests"], swiftSettings: strict),
    .testTarget(
        name: "XDRCodingTests", dependencies: ["CSlave", "XDRCoding"], swiftSettings: strict),
    .testTarget(
        name: "InterfaceCompilerTests",
        dependencies: [
            "Diagnostics", "InterfaceCompiler", "Marionette", "TestKit", "XDRCoding",
        ],
        exclude: ["Goldens"], swiftSettings: strict),
    // Generated code proven against other machines and other implementations.
    .target(
        name: "InterfaceProof", dependencies: ["Diagnostics", "InterfaceCompiler", "TestKit"],
        path: "Tests/InterfaceProof", exclude: ["Programs"], swiftSettings: strict),
    .executableTarget(
        name: "marionette-proof", dependencies: ["InterfaceProof"], path: "Tests/ProofTool",
        swiftSettings: strict),
    .testTarget(
        name: "OracleTests",
        dependencies: [
            "InterfaceCompiler", "InterfaceProof", "Inventory", "Marionette", "RunRecords",
            "TestKit", "XDRCoding",
        ],
        swiftSettings: strict),
    .testTarget(
        name: "CSlaveTests",
        dependencies: [
            "CSlave", "Digests", "InterfaceCompiler", "MarionetteCommand", "TestKit",
        ],
        exclude: ["Probe", "Records"], swiftSettings: strict),
    .testTarget(
        name: "WireProtocolTests", dependencies: ["TestKit", "WireProtocol", "XDRCoding"],
        swiftSettings: strict),
    .testTarget(
        name: "SchedulingTests", dependencies: ["Scheduling", "TestKit"], swiftSettings: strict),
    .testTarget(
        name: "SimulationTests", dependencies: ["Scheduling", "Simulation", "TestKit"],
        swiftSettings: strict),
    .testTarget(
        name: "SoakTests", dependencies: ["Simulation", "Soak", "TestKit"],
        swiftSettings: strict),
    .testTarget(
        name: "InventoryTests", dependencies: ["Diagnostics", "Inventory", "TestKit"],
        exclude: ["Goldens"], swiftSettings: strict),
    .testTarget(
        name: "BuildGraphTests",
        dependencies: ["BuildGraph", "Diagnostics", "TestKit", "TrialBuild"],
        swiftSettings: strict),
    .testTarget(
        name: "ArchivesTests", dependencies: ["Archives", "Digests"], swiftSettings: strict),
    .testTarget(
        name: "SlaveBuildTests",
        dependencies: ["Archives", "BuildGraph", "Inventory", "SlaveBuild", "TestKit"],
        swiftSettings: strict),
    .testTarget(
        name: "TransportTests", dependencies: ["Diagnostics", "TestKit", "Transport"],
        swiftSettings: strict),
    .testTarget(
        name: "DistributionTests",
        dependencies: [
            "Archives", "Diagnostics", "Digests", "Distribution", "TestKit", "Transport",
        ],
        swiftSettings: strict),
    .testTarget(
        name: "RunRecordsTests",
        dependencies: ["Diagnostics", "Endpoints", "JSONCoding", "RunRecords", "TestKit"],
        exclude: ["Goldens"], swiftSettings: strict),
    .testTarget(
        name: "MarionetteTests",
        dependencies: [
            "Console", "Digests", "Driving", "Marionette", "Replaying", "RunRecords", "Scheduling",
            "TestKit", "Transport", "TrialMaster", "XDRCoding",
        ],
        exclude: ["Worker"], swiftSettings: strict),
    .testTarget(
        name: "DrivingTests",
        dependencies: [
            "Driving", "RunRecords", "Scheduling", "WireProtocol", "XDRCoding",
        ],
        swiftSettings: strict),
    .testTarget(
        name: "ReplayingTests",
        dependencies: [
            "Replaying", "RunRecords", "TestKit", "Transport", "WireProtocol", "XDRCoding",
        ],
        swiftSettings: strict),
    .testTarget(
        name: "DebuggingTests",
        dependencies: ["Debugging", "RunRecords", "SlaveBuild", "TestKit", "Transport"],
        swiftSettings: strict),
    .testTarget(
        name: "MarionetteCommandTests",
        dependencies: [
            "BuildGraph", "Console", "Diagnostics", "Distribution", "InterfaceCompiler",
            "Inventory", "Marionette", "MarionetteCommand", "MarionetteWorker", "Replaying",
            "RunRecords", "SlaveBuild", "TestKit", "Transport",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        exclude: ["Goldens"], swiftSettings: strict),
    .testTarget(
        name: "EndToEndTests", dependencies: ["RunRecords", "TestKit"], swiftSettings: strict),
    .testTarget(name: "TidyTests", swiftSettings: strict),
]
