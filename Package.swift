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

let package = Package(
    name: "swift-h2",
    products: [
        // h2tool is not a product: packages that depend on H2 would then fetch its dependencies.
        .library(name: "H2", targets: ["H2"])
    ],
    dependencies: [
        // For h2tool only.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
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
        .testTarget(
            name: "H2ToolTests", dependencies: ["h2tool", "H2", "H2TestSupport"],
            swiftSettings: settings),
    ]
)
