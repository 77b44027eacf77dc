// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// Programs for users of H2NIO and H2NIOSSL to copy. Except for HelloServer and Client, each runs a
// server and a client in one process. `Scripts/examples` runs these.
let settings: [SwiftSetting] =
    [.enableUpcomingFeature("MemberImportVisibility")]
    + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

let package = Package(
    name: "NIOExamples",
    dependencies: [
        .package(name: "swift-h2", path: "../../..", traits: ["NIOSSL"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [.target(name: "TestCertificate", swiftSettings: settings)]
        + [
            "HelloServer", "Client", "Echo", "GRPC", "WebSocket", "EarlyHints", "ReverseProxy",
            "GracefulShutdown", "Guide",
        ].map { name in
            .executableTarget(
                name: name,
                dependencies: [
                    "TestCertificate",
                    .product(name: "H2", package: "swift-h2"),
                    .product(name: "H2NIO", package: "swift-h2"),
                    .product(name: "H2NIOSSL", package: "swift-h2"),
                    .product(name: "HTTPTypes", package: "swift-http-types"),
                    .product(name: "NIOCore", package: "swift-nio"),
                    .product(name: "NIOSSL", package: "swift-nio-ssl"),
                ],
                swiftSettings: settings
            )
        }
)
