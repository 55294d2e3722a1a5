// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "raytracer",
    dependencies: [
        .package(name: "marionette", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        // Maps of system libraries, nothing else.
        .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CAssimp", pkgConfig: "assimp", providers: [.apt(["libassimp-dev"])]),
        // The master; the plugin makes its client from raytracer.x.
        .executableTarget(
            name: "raytracer",
            dependencies: [
                "CAssimp", "CLibPNG",
                .product(name: "Marionette", package: "marionette"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict,
            plugins: [.plugin(name: "MarionetteInterface", package: "marionette")]),
        .testTarget(name: "RaytracerTests", dependencies: ["raytracer"], swiftSettings: strict),
    ]
)
