// SPDX-License-Identifier: MIT

import Foundation

/// The inputs that are kept in Tests/Fuzzing.
package enum FuzzFiles {
    /// What the fuzzer came to with a target: few inputs that reach what all of them reached.
    package static func corpus(of target: String) throws -> [(name: String, bytes: [UInt8])] {
        try files(in: "Corpus/\(target)")
    }

    /// What the fuzzer once found with a target.
    package static func failures(of target: String) throws -> [(name: String, bytes: [UInt8])] {
        try files(in: "Failures/\(target)")
    }

    /// The files of a folder, by name; none if it is not there.
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
