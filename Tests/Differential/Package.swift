// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// The H2 side of `Scripts/differential`: performs steps on a connection and reports the result of
// each. README.md describes the test.
let settings: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
    name: "Differential",
    dependencies: [.package(name: "swift-h2", path: "../..")],
    targets: [
        .executableTarget(
            name: "h2steps",
            dependencies: [.product(name: "H2", package: "swift-h2")],
            swiftSettings: settings
        )
    ]
)
