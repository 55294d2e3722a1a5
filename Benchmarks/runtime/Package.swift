// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "bench-runtime",
    dependencies: [
        .package(name: "marionette", path: "../.."),
        .package(name: "bench-table", path: "../table"),
    ],
    targets: [
        // What is measured, without Foundation: it would be most of a master's memory and start.
        .target(
            name: "Programs", dependencies: [.product(name: "Marionette", package: "marionette")]),
        .executableTarget(name: "master", dependencies: ["Programs"]),
        // What no master can do better.
        .executableTarget(name: "resumes"),
        // Who measures.
        .executableTarget(
            name: "bench",
            dependencies: [
                "Programs", .product(name: "RunRecords", package: "marionette"),
                .product(name: "Table", package: "bench-table"),
            ]),
    ]
)
