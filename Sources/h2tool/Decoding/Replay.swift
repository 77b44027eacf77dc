// SPDX-License-Identifier: MIT

import H2

/// Decodes captured bytes and prints the events.
struct Replay {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let openStreamBound = 100_000

    private let isFromClient: Bool
    private let connection: H2Connection
    private var scanner: FrameScanner
    /// The highest stream on which a request was sent or could not be sent.
    private var lastRequest: UInt32 = 0

    /// - Parameter start: The bytes of the first call of `receive`, which may begin with a preface.
    init(_ start: [UInt8]) throws(H2Error) {
        isFromClient = start.starts(with: Self.preface)
        scanner = FrameScanner(skipping: isFromClient ? Self.preface.count : 0)
        connection = try Self.connection(isFromClient ? .server : .client)
    }

    mutating func receive(_ bytes: [UInt8]) throws {
        let streams = scanner.streams(in: bytes)
        if !isFromClient { try request(streams) }
        var rest = bytes[...]
        while !rest.isEmpty {
            var events: [H2Event] = []
            // The events before an error are shown, too.
            defer { for event in events { print(event.line.printable) } }
            try connection.receiveData(rest.prefix(16_384), into: &events)
            for case .dataReceived(let data) in events {
                // The windows of the captured receiver are unknown: acknowledge at once. An error
                // is ignored.
                let (size, id) = (data.flowControlledLength, data.streamID)
                try? connection.acknowledgeReceivedData(size, on: id)
            }
            connection.clearOutboundDataBuffer()
            rest = rest.dropFirst(16_384)
        }
    }

    func finish() throws(Failure) {
        if !scanner.isAtBoundary { throw Failure("the input ends inside a frame") }
    }

    private mutating func request(_ streams: Set<UInt32>) throws(Failure) {
        for id in streams.sorted() where id > lastRequest {
            if connection.openOutboundStreams >= Self.openStreamBound {
                throw Failure("more than \(Self.openStreamBound) streams are open")
            }
            lastRequest = id
            // This fails after a GOAWAY, for example. H2 then reports an error for a response.
            try? connection.sendHeaders(
                [(.method, "GET"), (.scheme, "http"), (.authority, "h2tool"), (.path, "/")],
                on: H2StreamID(id), endStream: true)
        }
    }

    /// Creates a connection without budgets, and with large windows and settings.
    private static func connection(
        _ role: H2Configuration.Role
    ) throws(H2Error) -> H2Connection {
        let most = UInt32(Int32.max)
        var configuration = H2Configuration(role)
        // The times of the capture are unknown, so time cannot restore a budget.
        for limit in FrequencyLimit.allCases { configuration.limits[limit] = .unlimited }
        configuration.initialSettings = [
            .headerTableSize: 1 << 20, .maxConcurrentStreams: most, .initialWindowSize: most,
            .maxFrameSize: 1 << 24 - 1, .maxHeaderListSize: 1 << 20, .enableConnectProtocol: 1,
        ]
        configuration.connectionWindowSize = Int(most)
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        return connection
    }
}
