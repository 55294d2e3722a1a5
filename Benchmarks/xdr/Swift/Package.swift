// swift-tools-version: 6.2
import PackageDescription

// Tools/bench-xdr builds it: the library of `Reference` comes from there.
let package = Package(
    name: "bench-xdr",
    dependencies: [.package(name: "marionette", path: "../../..")],
    targets: [
        .executableTarget(
            name: "bench",
            dependencies: [.product(name: "XDRCoding", package: "marionette")])
    ]
)
