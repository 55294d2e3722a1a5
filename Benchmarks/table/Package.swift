// swift-tools-version: 6.2
import PackageDescription

// The table that benchmarks print.
let package = Package(
    name: "bench-table",
    products: [.library(name: "Table", targets: ["Table"])],
    targets: [.target(name: "Table")]
)
