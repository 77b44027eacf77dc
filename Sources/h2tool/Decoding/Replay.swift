// SPDX-License-Identifier: MIT

import H2

/// Receives captured bytes, and prints the events.
struct Replay {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let openStreamBound = 100_000

    private let isFromClient: Bool
    private let connection: H2Connection
    private var scanner: FrameScanner
    /// The last stream that a request was sent on.
    private var lastRequest: UInt32 = 0

    /// - Parameter start: The first bytes that `receive` is called with.
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
            // The events before an error are shown too.
            defer { for event in events { print(event.line.printable) } }
            try connection.receiveData(rest.prefix(16_384), into: &events)
            for case .dataReceived(let data) in events {
                // The real receiver allowed that much; of a stream that is gone nothing more comes.
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
            // After a GOAWAY it fails; H2 then reports frames on the stream.
            try? connection.sendHeaders(
                [":method": "GET", ":scheme": "http", ":authority": "h2tool", ":path": "/"],
                on: H2StreamID(id), endStream: true)
        }
    }

    /// A connection that allows its peer everything.
    private static func connection(
        _ role: H2Configuration.Role
    ) throws(H2Error) -> H2Connection {
        let most = UInt32(Int32.max)
        var configuration = H2Configuration(role)
        // A capture of hours is replayed at once, without its times.
        for budget: WritableKeyPath<H2Limits, H2Limits.Budget> in [
            \.peerResets, \.provokedResets, \.controlFrames, \.windowUpdates, \.emptyData,
            \.smallData,
        ] {
            configuration.limits[keyPath: budget] = .unlimited
        }
        configuration.initialSettings = [
            .headerTableSize: 1 << 20, .maxConcurrentStreams: most, .initialWindowSize: most,
            .maxFrameSize: 1 << 24 - 1, .maxHeaderListSize: 1 << 20, .enableConnectProtocol: 1,
        ]
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        try connection.incrementFlowControlWindow(by: Int(most) - 65_535)
        return connection
    }
}
