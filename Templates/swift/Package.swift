// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "{{name}}",
    dependencies: [.package(name: "marionette", path: "{{package}}")],
    targets: [
        // The master. The plugin makes the type {{Name}} from {{name}}.x.
        .executableTarget(
            name: "{{name}}",
            dependencies: [.product(name: "Marionette", package: "marionette")],
            plugins: [.plugin(name: "MarionetteInterface", package: "marionette")])
    ]
)
