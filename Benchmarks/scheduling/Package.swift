// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "bench-scheduling",
    dependencies: [.package(name: "marionette", path: "../..")],
    targets: [
        .executableTarget(
            name: "bench", dependencies: [.product(name: "Scheduling", package: "marionette")])
    ]
)
