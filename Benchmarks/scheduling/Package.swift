// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "bench-scheduling",
    dependencies: [
        .package(name: "marionette", path: "../.."),
        .package(name: "bench-table", path: "../table"),
    ],
    targets: [
        .executableTarget(
            name: "bench",
            dependencies: [
                .product(name: "Scheduling", package: "marionette"),
                .product(name: "Table", package: "bench-table"),
            ])
    ]
)
