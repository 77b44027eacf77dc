// SPDX-License-Identifier: MIT

// nio-peer serve CERTIFICATE KEY                 a server with TLS: prints its URL, and runs until its input ends
// nio-peer download PORT CERTIFICATE BYTES       fetches a body, and prints its length and checksum
// nio-peer upload PORT CERTIFICATE BYTES         sends a body, and prints what the server counted
// nio-peer grpc PORT MESSAGES                    reads a gRPC stream with pauses, without TLS

import Foundation

private func usage() -> Never {
    print("usage: nio-peer serve|download|upload|grpc …; see the source")
    exit(2)
}

private func memory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
    return 0
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first, arguments.count) {
case ("serve", 3): try await serve(certificate: arguments[1], key: arguments[2])
case ("download", 4):
    try await download(port: arguments[1], certificate: arguments[2], count: arguments[3])
case ("upload", 4):
    try await upload(port: arguments[1], certificate: arguments[2], count: arguments[3])
case ("grpc", 3): try await readStream(port: arguments[1], messages: arguments[2])
default: usage()
}
print("peak \(memory()) KiB")
