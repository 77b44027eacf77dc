// swift-tools-version: 6.2
import PackageDescription

// The Swift half of `Scripts/differential`: reads steps, does them with a connection, and tells what
// came of each. The other half is in Python.
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
