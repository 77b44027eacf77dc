// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// Code for users to copy, which also shows that the library works from another package in the
// Swift 6 language mode: in an actor, transferred, and in a class. `Scripts/examples` runs it.
let settings: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
    name: "Examples",
    dependencies: [.package(name: "swift-h2", path: "../..")],
    targets: [
        "ReadmeClient", "ReadmeServer", "UseFromActor", "HandOverWithSending", "HoldInHandler",
        "CallForms", "Conversation", "Guides",
    ].map { name in
        .executableTarget(
            name: name,
            dependencies: [.product(name: "H2", package: "swift-h2")],
            swiftSettings: settings
        )
    }
)
