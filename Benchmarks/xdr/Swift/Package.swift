// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "bench-xdr",
    dependencies: [.package(name: "marionette", path: "../../..")],
    targets: [
        .target(name: "CMeasure"),
        .executableTarget(
            name: "bench",
            dependencies: ["CMeasure", .product(name: "XDRCoding", package: "marionette")]),
    ]
)
