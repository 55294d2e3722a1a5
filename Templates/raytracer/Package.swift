// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "{{name}}",
    dependencies: [.package(name: "marionette", path: "{{package}}")],
    targets: [
        // The master; the plugin makes its client from spheres.x.
        .executableTarget(
            name: "{{name}}",
            dependencies: [.product(name: "Marionette", package: "marionette")],
            plugins: [.plugin(name: "MarionetteInterface", package: "marionette")])
    ]
)
