// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Malformed messages that end only their stream, RFC 9113 §8.1.1, in each state of the stream.
@Suite struct MalformedStreamTests {
    private static let bad: H2Headers = [":status": "200", "a": "x\n"]

    private static let reset: [WireFrame] = WireReader.frames(
        in: FrameBuilder.rstStream(1, code: 1))

    private func client(endStream: Bool, cut: Cut = .whole) throws -> Peer {
        var configuration = H2Configuration.client
        configuration.malformedMessages = .resetStream
        let peer = try Peer(configuration, cut: cut, policies: .asConfigured)
        try peer.connection.sendHeaders(.samplePost, on: 1, endStream: endStream)
        peer.sent()
        return peer
    }

    private func wasReset(_ stream: H2StreamID) -> H2Event {
        .streamReset(.init(streamID: stream, errorCode: .protocolError, isRemote: false))
    }

    @Test(
        "a malformed response resets the stream, whether or not either side ended it",
        arguments: Cut.all)
    func response(cut: Cut) throws {
        for (requestEnds, responseEnds) in [
            (false, false), (false, true), (true, false), (true, true),
        ] {
            let peer = try client(endStream: requestEnds, cut: cut)
            let events = try peer.receive(
                FrameBuilder.headers(1, block: Self.bad.block, endStream: responseEnds))
            #expect(events == [wasReset(1)])
            #expect(peer.sent() == Self.reset)
            #expect(peer.connection.openOutboundStreams == 0)
            // Late frames are ignored.
            let late = try peer.receive(FrameBuilder.data(1, [1]))
            #expect(late == [])
            #expect(peer.sent() == [])
            try peer.connection.sendHeaders(.sampleRequest, on: 3)
            let next = try peer.receive(
                FrameBuilder.headers(3, block: H2Headers.sampleResponse.block))
            #expect(next.first?.headers == .sampleResponse)
        }
    }

    @Test("a malformed response in several frames resets the stream", arguments: Cut.all)
    func continuation(cut: Cut) throws {
        let peer = try client(endStream: true, cut: cut)
        let events = try peer.receive(
            FrameBuilder.split(1, block: Self.bad.block, every: 3, endStream: true))
        #expect(events == [wasReset(1)] && peer.sent() == Self.reset)
    }

    @Test("malformed trailers reset the stream", arguments: Cut.all)
    func trailers(cut: Cut) throws {
        for requestEnds in [false, true] {
            let peer = try client(endStream: requestEnds, cut: cut)
            let events = try peer.receive(
                FrameBuilder.headers(1, block: H2Headers.sampleResponse.block)
                    + FrameBuilder.headers(
                        1, block: (H2Headers.sampleTrailers + [":path": "/"]).block,
                        endStream: true))
            #expect(events.last == wasReset(1) && peer.sent() == Self.reset)
        }
    }

    @Test("a malformed 1xx response resets the stream")
    func informational() throws {
        let peer = try client(endStream: true)
        let headers: H2Headers = [":status": "103", "connection": "x"]
        let events = try peer.receive(FrameBuilder.headers(1, block: headers.block))
        #expect(events == [wasReset(1)] && peer.sent() == Self.reset)
    }

    @Test("a malformed response on a promised stream resets that stream")
    func pushed() throws {
        for responseEnds in [false, true] {
            let peer = try client(endStream: true)
            let events = try peer.receive(
                FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block)
                    + FrameBuilder.headers(2, block: Self.bad.block, endStream: responseEnds))
            #expect(events.last == wasReset(2))
            #expect(peer.sent() == WireReader.frames(in: FrameBuilder.rstStream(2, code: 1)))
            #expect(peer.connection.openInboundStreams == 0)
        }
    }

    @Test("a malformed request does not count as open, but uses up its identifier")
    func request() throws {
        var configuration = H2Configuration.server
        configuration.malformedMessages = .resetStream
        configuration.initialSettings = [.maxConcurrentStreams: 1]
        let peer = try Peer(configuration, policies: .asConfigured)
        let bad = H2Headers.sampleRequest + ["A": "x"]
        for stream: UInt32 in stride(from: 1, to: 20, by: 2) {
            let events = try peer.receive(
                FrameBuilder.headers(stream, block: bad.block, endStream: stream % 4 == 1))
            #expect(events == [wasReset(H2StreamID(stream))])
        }
        #expect(peer.connection.openInboundStreams == 0)
        #expect(peer.connection.highestInboundStreamID == 19)
        #expect(peer.sent().count == 10)
    }

    @Test("§4.3: a malformed section still updates the compression table")
    func compression() throws {
        let peer = try client(endStream: true)
        var encoder = HPACKEncoder()
        encoder.raw(Self.bad.block)
        encoder.literal("x-a", "1", .incremental)
        try peer.receive(FrameBuilder.headers(1, block: encoder.bytes, endStream: true))
        try peer.connection.sendHeaders(.sampleRequest, on: 3)
        var next = HPACKEncoder()
        next.raw(H2Headers.sampleResponse.block)
        next.indexed(62)
        let events = try peer.receive(FrameBuilder.headers(3, block: next.bytes))
        #expect(events.first?.headers == H2Headers.sampleResponse + ["x-a": "1"])
    }

    @Test("a 1xx response on a promised stream is malformed")
    func informationalOnPromised() throws {
        for policy in [H2Configuration.MalformedMessagePolicy.connectionError, .resetStream] {
            var configuration = H2Configuration.client
            configuration.malformedMessages = policy
            let peer = try Peer(configuration, policies: .asConfigured)
            try peer.connection.sendHeaders(.sampleRequest, on: 1)
            let result = peer.receiveResult(
                FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block)
                    + FrameBuilder.headers(2, [":status": "103"]))
            if policy == .connectionError {
                #expect(result.error?.facts == .remote(.protocolViolation, on: 2))
            } else {
                #expect(result.events.last == wasReset(2))
            }
            // A frame that is not part of a message is a connection error with either policy.
            let other = try Peer(configuration, policies: .asConfigured)
            try other.connection.sendHeaders(.sampleRequest, on: 1)
            let data = other.receiveResult(
                FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block)
                    + FrameBuilder.data(2, [1]))
            #expect(data.error?.facts == .remote(.protocolViolation, on: 2))
        }
    }
}
