// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// The Swift side of `Scripts/bench`. swift-nio-http2 is measured by the package in NIO, so that
// nobody who only wants the speed of H2 has to build SwiftNIO.
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
        // Measures what each way of using H2's values costs.
        .executableTarget(
            name: "BenchForms",
            dependencies: ["BenchSupport", .product(name: "H2", package: "swift-h2")],
            swiftSettings: settings
        ),
    ]
)
