// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Automatic flow control fills a long path, and an unread stream does not stall others.
@Suite struct AutomaticFlowControlTests {
    /// A path of 1 Gbit/s with a round trip of 100 ms.
    private static func path(
        _ flowControl: H2FlowControl, _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> SimulatedPath {
        var client = H2Configuration.client
        client.flowControl = flowControl
        client.hashSeed = 1
        change(&client)
        let link = SimulatedPath.Link(
            bytesPerSecond: 125_000_000, delay: .milliseconds(50), bufferSize: 256 << 10)
        let path = SimulatedPath(
            client: client, server: .server, toServer: link, toClient: link)
        try path.start()
        return path
    }

    private static let chunk = [UInt8](repeating: 7, count: 1 << 20)

    /// Starts a download without end on each stream. The client acknowledges the data of those
    /// in `read` at once.
    private static func download(
        _ path: SimulatedPath, streams: [H2StreamID], read: Set<H2StreamID>
    ) throws {
        path.onServerEvents = { path, events in
            for event in events {
                if case .requestReceived(let request) = event {
                    try path.server.sendHeaders(.sampleResponse, on: request.streamID)
                }
            }
            for id in streams where path.server.openInboundStreams > 0 {
                while path.server.queuedByteCount(on: id) < 64 << 20 {
                    do {
                        try path.server.enqueueData(chunk, on: id)
                    } catch let error as H2Error where error.kind == .noSuchStream {
                        break
                    }
                }
            }
        }
        path.onClientEvents = { path, events in
            for case .dataReceived(let data) in events where read.contains(data.streamID) {
                try path.client.acknowledgeReceivedData(
                    data.flowControlledLength, on: data.streamID)
            }
        }
        for id in streams { try path.client.sendHeaders(.sampleRequest, on: id, endStream: true) }
    }

    private static let large = H2FlowControl.automatic(
        H2FlowControl.Automatic(maxStreamWindow: 64 << 20, maxConnectionWindow: 128 << 20))

    /// The part of the bandwidth that round trips 21 to 40 use.
    private static func usage(_ path: SimulatedPath) throws -> Double {
        try path.run(for: .milliseconds(2_000))
        let first = path.dataByteCount(to: .client)
        try path.run(for: .milliseconds(2_000))
        return Double(path.dataByteCount(to: .client) - first) / 250_000_000
    }

    @Test("a download reaches 90 % of 1 Gbit/s at 100 ms within 20 round trips")
    func longPath() throws {
        let path = try Self.path(Self.large)
        try Self.download(path, streams: [1], read: [1])
        let usage = try Self.usage(path)
        #expect(usage >= 0.9)
        #expect(try #require(path.client.roundTripTime) < .milliseconds(110))
        let manual = try Self.path(.manual)
        try Self.download(manual, streams: [1], read: [1])
        // One window of 65,535 bytes in each round trip.
        #expect(try Self.usage(manual) * 250_000_000 == 20 * 65_535)
    }

    @Test("an unread stream slows another one by at most 5 %")
    func unreadStream() throws {
        let alone = try Self.path(Self.large)
        try Self.download(alone, streams: [1], read: [1])
        let both = try Self.path(Self.large)
        try Self.download(both, streams: [1, 3], read: [1])
        #expect(try Self.usage(both) >= Self.usage(alone) * 0.95)
    }

    @Test("windows grow as fast for a download after slow traffic as for the first download")
    func secondDownload() throws {
        let path = try Self.path(Self.large)
        // Small responses change no window, and make probes rare.
        path.onServerEvents = { path, events in
            for case .requestReceived(let request) in events {
                try path.server.sendHeaders(.sampleResponse, on: request.streamID)
                try path.server.sendData(
                    Self.chunk[..<1_000], on: request.streamID, endStream: true)
            }
        }
        for turn in 0..<120 {
            path.schedule(after: .milliseconds(100 * turn)) { path in
                let id = try path.client.nextAvailableStreamID()
                try path.client.sendHeaders(.sampleRequest, on: id, endStream: true)
            }
        }
        path.onClientEvents = { path, events in
            for case .dataReceived(let data) in events {
                try path.client.acknowledgeReceivedData(1_000, on: data.streamID)
            }
        }
        try path.run(for: .seconds(13))
        try Self.download(path, streams: [241], read: [241])
        #expect(try Self.usage(path) >= 0.9)
    }
}
