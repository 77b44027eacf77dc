// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// Runs the workloads of `Scripts/bench` on swift-nio-http2, to compare H2 with pure Swift.
let settings: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
    name: "BenchmarksNIO",
    products: [.executable(name: "bench-nio", targets: ["BenchNIO"])],
    dependencies: [
        .package(name: "Benchmarks", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
    ],
    targets: [
        .executableTarget(
            name: "BenchNIO",
            dependencies: [
                .product(name: "BenchSupport", package: "Benchmarks"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            ],
            swiftSettings: settings
        )
    ]
)
