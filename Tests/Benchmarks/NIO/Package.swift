// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// Runs the workloads of `Scripts/bench` with swift-nio-http2, to compare it with H2 and H2NIO.
let settings: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
    name: "BenchmarksNIO",
    products: [
        .executable(name: "bench-nio", targets: ["BenchNIO"]),
        .executable(name: "bench-sockets", targets: ["BenchSockets"]),
    ],
    dependencies: [
        .package(name: "Benchmarks", path: ".."),
        .package(name: "swift-h2", path: "../../..", traits: ["NIO"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
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
        ),
        // H2NIO and swift-nio-http2 on sockets.
        .executableTarget(
            name: "BenchSockets",
            dependencies: [
                .product(name: "BenchSupport", package: "Benchmarks"),
                .product(name: "H2", package: "swift-h2"),
                .product(name: "H2NIO", package: "swift-h2"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
    ]
)
