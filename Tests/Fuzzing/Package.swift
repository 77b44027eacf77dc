// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// The programs of `Scripts/fuzz`. The library's sources are linked into this package: so all of it
// is built with the fuzzer's counters and the address sanitizer, and `package` members can be seen.
// No package could depend on one with such flags.
func settings(_ flags: String...) -> [SwiftSetting] {
    [
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        // Assertions hold in optimised code, too.
        .unsafeFlags(["-sanitize=address", "-assert-config", "Debug"] + flags),
    ]
}
/// The fuzzer counts what is reached in the library only. It does not look at what is compared, as
/// with -sanitize=fuzzer: that takes up to a fourth of the time, and inputs are changed as what they
/// are in any case.
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
            // One counts allocations, the other reports to the tests' framework.
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
