// SPDX-License-Identifier: MIT

import Glibc

/// Prints `message` to standard error and exits with status 2.
public func fail(_ message: String) -> Never {
    let line = message + "\n"
    _ = line.withCString { write(2, $0, strlen($0)) }
    exit(2)
}

/// Returns the CPU time of this process in seconds.
public func cpuSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

/// Returns the resident memory of this process in bytes.
public func residentBytes() -> Int { kilobytes("/proc/self/smaps_rollup", "Rss:") * 1_024 }

/// Prints the results as one line of JSON.
public func printResult(
    _ job: Job, seconds: Double, resident: Int, requests: Tally, responses: Tally
) {
    let peak = kilobytes("/proc/self/status", "VmHWM:") * 1_024
    print(
        """
        {"workload": "\(job.workload)", "operations": \(job.operations), "seconds": \(seconds), \
        "resident": \(resident), "peak": \(peak), "requests": \(requests.json), \
        "responses": \(responses.json)}
        """)
}

func readFile(_ path: String) -> String {
    guard let file = fopen(path, "r") else { fail("cannot read \(path)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 {
        bytes += piece[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}

private func kilobytes(_ path: String, _ key: String) -> Int {
    for line in readFile(path).split(separator: "\n") where line.hasPrefix(key) {
        let words = line.split(separator: " ")
        if words.count > 1, let number = Int(words[1]) { return number }
    }
    fail("no \(key) in \(path)")
}
