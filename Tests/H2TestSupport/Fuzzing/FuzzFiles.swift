// SPDX-License-Identifier: MIT

import Foundation

/// The inputs stored in Tests/Fuzzing.
package enum FuzzFiles {
    /// Returns the corpus of a target: few inputs that cover what all inputs covered.
    package static func corpus(of target: String) throws -> [(name: String, bytes: [UInt8])] {
        try files(in: "Corpus/\(target)")
    }

    /// Returns the inputs with which the fuzzer found a bug in a target.
    package static func failures(of target: String) throws -> [(name: String, bytes: [UInt8])] {
        try files(in: "Failures/\(target)")
    }

    /// Returns the files of a folder, sorted by name, or none if there is no such folder.
    private static func files(in path: String) throws -> [(name: String, bytes: [UInt8])] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = tests.appendingPathComponent("Fuzzing/\(path)")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return try names.sorted().map {
            ("\(path)/\($0)", try Array(Data(contentsOf: folder.appendingPathComponent($0))))
        }
    }
}
