// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// Resets many streams on one connection with a real peer and the default limits. Fails if the
// connection ends, or if a stream does not get exactly one RST_STREAM. `Scripts/interop` runs it.
do {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("cancel", 3): try cancelDownloads(of: arguments[3], port: UInt16(arguments[2]) ?? 0)
    case ("refuse", 2): try refuseUploads(with: arguments[2])
    default: throw Failure("usage: h2resets cancel PORT PATH | refuse 413|REFUSED_STREAM")
    }
} catch {
    try? writeAll("\(error)\n".utf8, to: 2)
    exit(1)
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    static func system(_ call: String) -> Failure {
        unsafe Failure("\(call): \(String(cString: strerror(errno)))")
    }
}

func writeAll(_ bytes: some Sequence<UInt8>, to descriptor: Int32) throws {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0 { throw Failure.system("write") }
        rest = rest.dropFirst(count)
    }
}
