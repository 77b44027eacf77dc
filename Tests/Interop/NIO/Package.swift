// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// A server and clients on H2NIO that talk to other programs, for `Scripts/nio-peers`.
let settings: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
    name: "InteropNIO",
    dependencies: [
        .package(name: "swift-h2", path: "../../..", traits: ["NIOSSL"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        .executableTarget(
            name: "nio-peer",
            dependencies: [
                .product(name: "H2", package: "swift-h2"),
                .product(name: "H2NIO", package: "swift-h2"),
                .product(name: "H2NIOSSL", package: "swift-h2"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Sources/NIOPeer",
            swiftSettings: settings
        )
    ]
)
