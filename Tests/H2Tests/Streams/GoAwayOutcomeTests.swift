// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The outcomes of streams after a GOAWAY from the peer.
@Suite struct GoAwayOutcomeTests {
    private static let response = H2Headers.sampleResponse.block

    @Test("requests above the last stream of a GOAWAY were not processed, and the others continue")
    func client() throws {
        let peer = try Peer.reporting(.client)
        try peer.open(1, 3, 5, 7)
        try peer.receive(FrameBuilder.headers(3, block: Self.response, endStream: true))
        let events = try peer.receive(FrameBuilder.goAway(last: 3))
        #expect(
            events.dropFirst() == [
                .reset(5, .refusedStream, isRemote: true),
                .reset(7, .refusedStream, isRemote: true),
                .closed(5, .notProcessed), .closed(7, .notProcessed),
            ])
        // The same one again, and a lower one, although stream 3 has its response.
        #expect(try peer.receive(FrameBuilder.goAway(last: 3)).count == 1)
        #expect(
            try peer.receive(FrameBuilder.goAway(last: 1)).outcomes
                == [.init(streamID: 3, outcome: .cutOff)])
        // Late frames, and calls.
        let late = FrameBuilder.rstStream(5, code: 7) + FrameBuilder.rstStream(3)
        #expect(try peer.receive(late) == [])
        try peer.receive(FrameBuilder.headers(1, block: Self.response, endStream: true))
        try peer.connection.endStream(1)
        #expect(peer.connection.takeEvents() == .closed(.completed, 1))
        #expect(peer.connection.connectionLost() == [])
    }

    @Test(
        "a request whose response has begun is not safe to retry, whatever the peer's GOAWAY says",
        arguments: ["200", "103"])
    func begunResponse(status: String) throws {
        let response = FrameBuilder.headers(3, block: H2Headers([(":status", status)]).block)
        for reports in [true, false] {
            let peer = try Peer.reporting(.client) { $0.reportsStreamOutcomes = reports }
            try peer.open(1, 3, 5)
            try peer.receive(response)
            let events = try peer.receive(FrameBuilder.goAway(last: 1))
            let safe = events.compactMap { event -> Bool? in
                if case .streamReset(let reset) = event { reset.isSafeToRetry } else { nil }
            }
            #expect(safe == [false, true])
            let outcomes: [H2StreamOutcome] = reports ? [.cutOff, .notProcessed] : []
            #expect(events.outcomes.map(\.outcome) == outcomes)
        }
        let peer = try Peer.reporting(.client) { $0.goAway = .closeAtOnce }
        try peer.open(1, 3, 5)
        try peer.receive(response)
        let events = try peer.receive(FrameBuilder.goAway(last: 1))
        #expect(events.outcomes.map(\.outcome) == [.cutOff, .cutOff, .notProcessed])
    }

    @Test("promises above the last stream of a client's GOAWAY were not processed")
    func server() throws {
        let peer = try Peer.reporting(.server)
        try peer.open(1)
        for id in [2, 4, 6] as [H2StreamID] {
            try peer.connection.pushStream(id, on: 1, requestHeaders: .sampleRequest)
        }
        try peer.connection.sendHeaders(.sampleResponse, on: 4)
        #expect(
            try peer.receive(FrameBuilder.goAway(last: 2)).outcomes == [
                .init(streamID: 4, outcome: .notProcessed),
                .init(streamID: 6, outcome: .notProcessed),
            ])
        #expect(peer.connection.connectionLost() == .closed(.cutOff, 1, 2))
    }

    @Test("with .closeAtOnce, a GOAWAY ends all streams; those above its last were not processed")
    func closeAtOnce() throws {
        let peer = try Peer.reporting(.client) { $0.goAway = .closeAtOnce }
        try peer.open(1, 3)
        try peer.reserve()
        try peer.receive(FrameBuilder.headers(1, block: Self.response))
        // The peer cannot have processed a request that was not taken.
        try peer.connection.sendHeaders(.samplePost, on: 5)
        _ = peer.connection.dataToSend(upTo: 5)
        let events = try peer.receive(FrameBuilder.goAway(last: 5, code: 2))
        #expect(events.count == 5)
        guard case .connectionTerminated = events.first else {
            Issue.record("no .connectionTerminated")
            return
        }
        #expect(
            events.dropFirst() == [
                .closed(1, .cutOff), .closed(2, .cutOff), .closed(3, .cutOff),
                .closed(5, .notProcessed),
            ])
        #expect(try peer.receive(FrameBuilder.goAway(last: 1)).outcomes == [])
        #expect(peer.receiveResult(FrameBuilder.rstStream(1)).events == [])
        #expect(peer.connection.connectionLost() == [])

        let server = try Peer.reporting(.server) { $0.goAway = .closeAtOnce }
        try server.open(1)
        for id in [2, 4] as [H2StreamID] {
            try server.connection.pushStream(id, on: 1, requestHeaders: .sampleRequest)
        }
        #expect(
            try server.receive(FrameBuilder.goAway(last: 2)).dropFirst() == [
                .closed(1, .cutOff), .closed(2, .cutOff), .closed(4, .notProcessed),
            ])
    }

    @Test("after a GOAWAY, opening or promising a stream throws .goingAway only with outcomes on")
    func goingAway() throws {
        for reports in [true, false] {
            let kind: H2Error.Kind = reports ? .goingAway : .protocolViolation
            let client = try Peer.reporting(.client) { $0.reportsStreamOutcomes = reports }
            try client.open(1)
            try client.receive(FrameBuilder.goAway(last: 1))
            expectMisuse(client.connection, .local(kind, on: 3)) { () throws(H2Error) in
                try client.connection.sendHeaders(.sampleRequest, on: 3)
            }
            // Streams that are open are not affected.
            try client.connection.sendData([1], on: 1)
            let server = try Peer.reporting(.server) { $0.reportsStreamOutcomes = reports }
            try server.open(1)
            try server.receive(FrameBuilder.goAway(last: 0x7fff_ffff))
            expectMisuse(server.connection, .local(kind, on: 2)) { () throws(H2Error) in
                try server.connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
            }
        }
    }

    /// `.tooManyStreams` would make the caller wait for a stream that it still cannot open.
    @Test("after a GOAWAY, .goingAway is thrown even if MAX_CONCURRENT_STREAMS is reached")
    func goingAwayAtLimit() throws {
        for reports in [true, false] {
            let peer = try Peer.reporting(.client) { $0.reportsStreamOutcomes = reports }
            try peer.open(1)
            try peer.receive(
                FrameBuilder.settings([(3, 1)]) + FrameBuilder.goAway(last: 1)
                    + FrameBuilder.settings([(3, 0)]))
            peer.sent()
            let error = failure { () throws(H2Error) in
                try peer.connection.sendHeaders(.sampleRequest, on: 3)
            }
            #expect(error?.kind == (reports ? .goingAway : .tooManyStreams))
            #expect(peer.connection.availableOutboundStreams == 0)
        }
    }
}
