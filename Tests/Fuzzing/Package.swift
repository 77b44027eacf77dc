// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// The programs of `Scripts/fuzz`. Symbolic links add the library's sources to this package, so that
// they are built with coverage counters and the address sanitizer, and `package` members are
// visible. A dependency could not be built with these flags.
func settings(_ flags: String...) -> [SwiftSetting] {
    [
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        // Keep assertions in optimized code.
        .unsafeFlags(["-sanitize=address", "-assert-config", "Debug"] + flags),
    ]
}
/// Counts coverage in the library only. Unlike -sanitize=fuzzer, these flags do not trace
/// comparisons: that takes up to a quarter of the time, and WireMutator changes frames as frames
/// anyway.
let counted = settings("-sanitize-coverage=edge,inline-8bit-counters,pc-table")
let others = settings()

let package = Package(
    name: "Fuzzing",
    targets: [
        .systemLibrary(name: "CNghttp2", path: "Sources/CNghttp2", pkgConfig: "libnghttp2"),
        .target(name: "H2", dependencies: ["CNghttp2"], swiftSettings: counted),
        .target(name: "CH2"),
        .target(name: "CH2Exports", dependencies: ["CH2", "H2"], swiftSettings: counted),
        .target(
            name: "H2TestSupport", dependencies: ["H2"],
            // These two files need CCountingMalloc and Swift Testing.
            exclude: ["Allocations.swift", "Peer.swift"], swiftSettings: others),
        .target(
            name: "CFuzzInterface", dependencies: ["CH2", "CH2Exports"],
            cSettings: [.unsafeFlags(["-fsanitize=address"])]),
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "h2fuzz",
            dependencies: ["CFuzzInterface", "CFuzzer", "H2", "H2TestSupport"],
            swiftSettings: others,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    ]
)
