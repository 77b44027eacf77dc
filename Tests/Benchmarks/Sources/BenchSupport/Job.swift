// SPDX-License-Identifier: MIT

import Glibc

/// What a run is asked to do: `PEER WORKLOAD OPERATIONS FIELDS FORM [full]`.
public struct Job {
    /// An operation of W3 and W6: so many bytes of the body.
    public static let unit = 16_384
    /// Bodies repeat after so many bytes.
    public static let blockSize = 65_536
    /// The window of a stream and of the connection, where a workload sets them.
    public static let window = 1 << 20
    /// Requests of W2 that are open at the same time.
    public static let batch = 100
    /// Frames of a long body that are handed over at a time.
    public static let framesAtATime = 4

    public typealias Section = [(name: String, value: String)]

    public let workload: String
    public let operations: Int
    public let form: String
    /// Whether each byte goes into a checksum; such a run is not measured.
    public let isFull: Bool
    public let requests: [Section]
    public let responses: [Section]
    /// The body's bytes, and a frame more: each frame is a piece of it, wherever it begins.
    public let block: [UInt8]

    public init() {
        let arguments = CommandLine.arguments
        guard arguments.count > 4, let operations = Int(arguments[2]) else {
            fail("usage: \(arguments[0]) WORKLOAD OPERATIONS FIELDS FORM [full]")
        }
        self.workload = arguments[1]
        self.operations = operations
        self.form = arguments[4]
        self.isFull = arguments.count > 5 && arguments[5] == "full"
        (self.requests, self.responses) = Self.sections(in: readFile(arguments[3]))
        var state: UInt32 = 1
        var block: [UInt8] = []
        for _ in 0..<Self.blockSize {
            state = state &* 1_664_525 &+ 1_013_904_223
            block.append(UInt8(state >> 24))
        }
        self.block = block + block[..<Self.unit]
    }

    /// Whether client and server set large windows.
    public var hasWindows: Bool { workload == "W2" || workload == "W3" }

    /// Whether the server answers.
    public var isAnswered: Bool { workload != "M2" }

    /// Streams that the server allows at the same time.
    public var maxStreams: Int { isAnswered ? 100 : operations + 1 }

    /// Units of the longest body of W3, 1 GiB, and W6, 64 MiB.
    public var longestBody: Int { workload == "W3" ? 65_536 : 4_096 }

    /// Bytes of the body of a response that is not long.
    public var smallBody: Int { workload == "W4" || workload == "W6" ? 0 : 1_024 }

    /// A line is "request" or "response", which begins a section, or a name, a tab and a value.
    private static func sections(in text: String) -> ([Section], [Section]) {
        var requests: [Section] = []
        var responses: [Section] = []
        var isRequest = true
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else {
                isRequest = line.elementsEqual("request".utf8)
                if isRequest { requests.append([]) } else { responses.append([]) }
                continue
            }
            let field = (
                name: String(Substring(line[..<tab])),
                value: String(Substring(line[line.index(after: tab)...]))
            )
            if isRequest {
                requests[requests.count - 1].append(field)
            } else {
                responses[responses.count - 1].append(field)
            }
        }
        return (requests, responses)
    }
}
