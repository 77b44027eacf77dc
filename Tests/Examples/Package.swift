// swift-tools-version: 6.2
import PackageDescription

// What people copy, and the proof that the library can be used from outside: in the Swift 6 language
// mode, by an actor, handed over, held in a class. `Scripts/examples` builds and runs it.
let settings: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
    name: "Examples",
    dependencies: [.package(name: "swift-h2", path: "../..")],
    targets: [
        "ReadmeClient", "ReadmeServer", "UseFromActor", "HandOverWithSending", "HoldInHandler",
        "CallForms", "Conversation",
    ].map { name in
        .executableTarget(
            name: name,
            dependencies: [.product(name: "H2", package: "swift-h2")],
            swiftSettings: settings
        )
    }
)
