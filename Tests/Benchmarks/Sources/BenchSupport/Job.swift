// SPDX-License-Identifier: MIT

import Glibc

/// The task of a run, parsed from the arguments `WORKLOAD OPERATIONS FIELDS FORM [full]`.
public struct Job: Sendable {
    /// The body bytes per operation of W3 and W6.
    public static let unit = 16_384
    /// The length of the block that bodies repeat, in bytes.
    public static let blockSize = 65_536
    /// The stream and connection windows in workloads that enlarge them.
    public static let window = 1 << 20
    /// The number of concurrent requests in W2.
    public static let batch = 100
    /// The maximum number of frames of a long body that are sent at once.
    public static let framesAtATime = 4

    public typealias Section = [(name: String, value: String)]

    public let workload: String
    public let operations: Int
    public let form: String
    /// Whether to checksum all bytes; such a run is not measured.
    public let isFull: Bool
    public let requests: [Section]
    public let responses: [Section]
    /// The bytes of bodies, plus one frame so that a frame at any offset is contiguous.
    public let block: [UInt8]

    public init() {
        let arguments = CommandLine.arguments
        guard arguments.count > 4, let operations = Int(arguments[2]) else {
            fail("usage: \(arguments[0]) WORKLOAD OPERATIONS FIELDS FORM [full]")
        }
        self.workload = arguments[1]
        self.isAutomatic = workload == "W7"
        self.operations = operations
        self.form = arguments[4]
        self.hasFeatures = form == "features"
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

    /// Whether client and server enlarge their windows.
    public var hasWindows: Bool { workload == "W2" || workload == "W3" }

    /// Whether H2 manages the receive windows, and the server queues bodies.
    public let isAutomatic: Bool

    /// Whether outcomes, automatic flow control and deadlines are on, and calls get the time.
    public let hasFeatures: Bool

    /// Whether the server responds.
    public var isAnswered: Bool { workload != "M2" }

    /// The server's limit on concurrent streams.
    public var maxStreams: Int { isAnswered ? 100 : operations + 1 }

    /// The maximum units per body: 1 GiB in W3 and W7, 64 MiB in W6.
    public var longestBody: Int { workload == "W6" ? 4_096 : 65_536 }

    /// The length of a response body that is not long, in bytes.
    public var smallBody: Int { workload == "W4" || workload == "W6" ? 0 : 1_024 }

    /// Parses `text`: a line "request" or "response" begins a field section, other lines are a
    /// name, a tab and a value.
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
