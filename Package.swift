// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

/// Settings for a Swift target that only calls C. If `CI` is set, warnings are errors.
let settingsForPointers: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// Settings for every other Swift target.
let settings: [SwiftSetting] = [.strictMemorySafety()] + settingsForPointers

/// Settings for the targets of SwiftNIO: without `@concurrent`, async functions stay on the executor
/// of their caller.
let settingsForNIO: [SwiftSetting] =
    [.enableUpcomingFeature("NonisolatedNonsendingByDefault")] + settings

/// Returns a dependency on a product of a package that is fetched only if a trait is on.
func product(_ name: String, _ package: String, trait: String) -> Target.Dependency {
    .product(name: name, package: package, condition: .when(traits: [trait]))
}

let package = Package(
    name: "swift-h2",
    products: [
        // h2tool is not a product: packages that depend on H2 would then fetch its dependencies.
        .library(name: "H2", targets: ["H2"]),
        .library(name: "H2NIO", targets: ["H2NIO"]),
        .library(name: "H2NIOSSL", targets: ["H2NIOSSL"]),
    ],
    traits: [
        .trait(name: "NIO", description: "The product H2NIO, which needs SwiftNIO."),
        .trait(
            name: "NIOSSL", description: "The product H2NIOSSL, which also needs SwiftNIO SSL.",
            enabledTraits: ["NIO"]),
        .default(enabledTraits: []),
    ],
    dependencies: [
        // For h2tool only.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // For H2NIO and H2NIOSSL only: not fetched unless their traits are on.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CNghttp2",
            path: "Modulemaps/CNghttp2",
            pkgConfig: "libnghttp2",
            providers: [
                .apt(["libnghttp2-dev"]), .brew(["libnghttp2"]), .yum(["libnghttp2-devel"]),
            ]
        ),
        // For h2tool only: the Glibc module lacks epoll.
        .systemLibrary(name: "CEpoll", path: "Modulemaps/CEpoll"),
        .target(name: "H2", dependencies: ["CNghttp2"], swiftSettings: settings),
        .target(
            name: "H2NIO",
            dependencies: [
                "H2",
                product("HTTPTypes", "swift-http-types", trait: "NIO"),
                product("NIOConcurrencyHelpers", "swift-nio", trait: "NIO"),
                product("NIOCore", "swift-nio", trait: "NIO"),
                product("NIOPosix", "swift-nio", trait: "NIO"),
            ],
            swiftSettings: settingsForNIO
        ),
        .target(
            name: "H2NIOSSL",
            dependencies: [
                "H2NIO",
                product("NIOCore", "swift-nio", trait: "NIOSSL"),
                product("NIOPosix", "swift-nio", trait: "NIOSSL"),
                product("NIOSSL", "swift-nio-ssl", trait: "NIOSSL"),
                product("NIOTLS", "swift-nio", trait: "NIOSSL"),
                product("HTTPTypes", "swift-http-types", trait: "NIOSSL"),
            ],
            swiftSettings: settingsForNIO
        ),
        // The C header, and its implementation. Scripts/install-c builds C libraries from them.
        .target(name: "CH2"),
        .target(name: "CH2Exports", dependencies: ["CH2", "H2"], swiftSettings: settings),
        .executableTarget(
            name: "h2tool",
            dependencies: [
                "CEpoll", "H2", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        // Tests resets with other peers, for Scripts/interop. It is not a product, either.
        .executableTarget(
            name: "h2resets", dependencies: ["H2"], path: "Tests/Interop/Sources",
            swiftSettings: settings),
        .target(name: "CCountingMalloc", path: "Tests/CCountingMalloc"),
        // The fuzzer's calls of the C ABI; the tests replay its inputs.
        .target(
            name: "CFuzzInterface", dependencies: ["CH2", "CH2Exports"],
            path: "Tests/Fuzzing/Sources/CFuzzInterface"),
        .target(
            name: "H2TestSupport",
            dependencies: ["H2", "CCountingMalloc"],
            path: "Tests/H2TestSupport",
            swiftSettings: settings
        ),
        .testTarget(
            name: "H2Tests", dependencies: ["H2", "H2TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "CH2Tests",
            dependencies: ["CFuzzInterface", "CH2", "CH2Exports", "H2", "H2TestSupport"],
            swiftSettings: settingsForPointers),
        // Empty unless the traits are on: `Scripts/nio` runs its tests.
        .testTarget(
            name: "H2NIOTests",
            dependencies: [
                "H2", "H2NIO", "H2NIOSSL", "H2TestSupport",
                product("HTTPTypes", "swift-http-types", trait: "NIO"),
                product("NIOCore", "swift-nio", trait: "NIO"),
                product("NIOEmbedded", "swift-nio", trait: "NIO"),
                product("NIOPosix", "swift-nio", trait: "NIO"),
                product("NIOSSL", "swift-nio-ssl", trait: "NIOSSL"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "H2ToolTests", dependencies: ["h2tool", "H2", "H2TestSupport"],
            swiftSettings: settings),
    ]
)
