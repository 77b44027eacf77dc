// SPDX-License-Identifier: MIT

import Foundation

// h2fuzz TARGET OPTION...: runs a target with libFuzzer's options.
// h2fuzz targets: prints the names of the targets.
// h2fuzz seeds FOLDER: writes the seeds, in a subfolder for each target.

let words = CommandLine.arguments
switch words.dropFirst().first {
case "targets" where words.count == 2:
    print(FuzzProgram.all.map(\.name).joined(separator: " "))
case "seeds" where words.count == 3:
    for program in FuzzProgram.all {
        let folder = URL(fileURLWithPath: words[2]).appendingPathComponent(program.name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, bytes) in program.seeds {
            try Data(bytes).write(to: folder.appendingPathComponent(name))
        }
    }
default:
    // For some tasks libFuzzer restarts this program with options only.
    let variable = "H2_FUZZ_TARGET"
    let isRestarted = words.dropFirst().first?.hasPrefix("-") ?? false
    let name =
        isRestarted ? ProcessInfo.processInfo.environment[variable] : words.dropFirst().first
    guard let program = FuzzProgram.all.first(where: { $0.name == name }) else {
        print("usage: h2fuzz TARGET LIBFUZZER-OPTION... | h2fuzz targets | h2fuzz seeds FOLDER")
        exit(64)
    }
    _ = unsafe setenv(variable, program.name, 1)
    unsafe Fuzzer.program = program
    exit(Fuzzer.run(argumentsToSkip: isRestarted ? 0 : 1))
}
