// SPDX-License-Identifier: MIT

import Foundation

/// The files in Tests/Fixtures.
enum Fixture {
    /// Reads a file as text.
    static func text(_ name: String) throws -> String {
        let folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(
            contentsOf: folder.appendingPathComponent("Fixtures/\(name)"), encoding: .utf8)
    }
}
