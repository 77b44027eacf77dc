// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// The Swift side of `Scripts/bench`. swift-nio-http2 has its own package in NIO, so that measuring
// H2 alone does not require building SwiftNIO.
let settings: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
    name: "Benchmarks",
    products: [
        .executable(name: "bench-h2", targets: ["BenchH2"]),
        .executable(name: "bench-forms", targets: ["BenchForms"]),
        .library(name: "BenchSupport", targets: ["BenchSupport"]),
    ],
    dependencies: [.package(name: "swift-h2", path: "../..")],
    targets: [
        .target(name: "BenchSupport", swiftSettings: settings),
        .executableTarget(
            name: "BenchH2",
            dependencies: ["BenchSupport", .product(name: "H2", package: "swift-h2")],
            swiftSettings: settings
        ),
        // Measures the cost of common operations on `H2Bytes` and `H2Headers`.
        .executableTarget(
            name: "BenchForms",
            dependencies: ["BenchSupport", .product(name: "H2", package: "swift-h2")],
            swiftSettings: settings
        ),
    ]
)
