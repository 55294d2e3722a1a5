// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "bench-runtime",
    dependencies: [
        .package(name: "marionette", path: "../.."),
        .package(name: "bench-table", path: "../table"),
    ],
    targets: [
        .executableTarget(
            name: "bench",
            dependencies: [
                .product(name: "Marionette", package: "marionette"),
                .product(name: "Table", package: "bench-table"),
            ])
    ]
)
