// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "options",
    dependencies: [
        .package(name: "marionette", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        // The master; the plugin makes its client from options.x. The worker, in worker/, is Swift
        // as well: `marionette build` compiles it for each target.
        .executableTarget(
            name: "options",
            dependencies: [
                .product(name: "Marionette", package: "marionette"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)],
            plugins: [.plugin(name: "MarionetteInterface", package: "marionette")])
    ]
)
