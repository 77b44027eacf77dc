// SPDX-License-Identifier: MIT

import Foundation

/// The files in Tests/Fixtures.
enum Fixture {
    /// Reads a file as text.
    static func text(_ name: String) throws -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(
            contentsOf: tests.appendingPathComponent("Fixtures/\(name)"), encoding: .utf8)
    }
}
