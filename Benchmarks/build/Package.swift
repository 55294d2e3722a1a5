// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "bench-build",
    dependencies: [
        .package(name: "marionette", path: "../.."),
        .package(name: "bench-table", path: "../table"),
    ],
    targets: [
        // What is measured: the engine and a graph, nothing else.
        .executableTarget(
            name: "engine", dependencies: [.product(name: "BuildGraph", package: "marionette")]),
        .executableTarget(
            name: "bench", dependencies: [.product(name: "Table", package: "bench-table")]),
    ]
)
