// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A client's graceful shutdown, and conversations in which frames cross it.
@Suite struct ClientShutdownTests {
    private func client(_ change: (inout H2Configuration) -> Void = { _ in }) throws -> Peer {
        try Peer(H2Configuration.client.with(change), cut: .whole, policies: .asConfigured)
    }

    private let response = H2Headers.sampleResponse.block

    @Test("a client sends nothing, and opens no more streams", arguments: [false, true])
    func silent(reportsOutcomes: Bool) throws {
        let peer = try client { $0.reportsStreamOutcomes = reportsOutcomes }
        try peer.connection.sendHeaders(.samplePost, on: 1)
        peer.sent()
        #expect(peer.connection.availableOutboundStreams != 0)
        try peer.connection.startGracefulShutdown()
        try peer.connection.startGracefulShutdown()
        #expect(peer.sent() == [])
        #expect(peer.connection.availableOutboundStreams == 0)
        let kind = reportsOutcomes ? H2Error.Kind.goingAway : .protocolViolation
        expectMisuse(peer.connection, .local(kind, on: 3)) { () throws(H2Error) in
            try peer.connection.sendHeaders(.sampleRequest, on: 3, endStream: true)
        }
        // The open stream continues.
        try peer.connection.sendData([1], on: 1, endStream: true)
        let events = try peer.receive(FrameBuilder.headers(1, block: response, endStream: true))
        #expect(events.last == .connectionDrained)
        #expect(events.filter { $0 == .connectionDrained }.count == 1)
        #expect(peer.sent().map(\.type) == [.data])
    }

    @Test("without streams, a client is drained at once", arguments: [false, true])
    func withoutStreams(sendsGoAway: Bool) throws {
        let peer = try client { $0.sendsClientGoAway = sendsGoAway }
        try peer.connection.startGracefulShutdown()
        #expect(peer.connection.takeEvents() == [.connectionDrained])
        #expect(peer.sent().map(\.bytes) == (sendsGoAway ? [FrameBuilder.goAway(last: 0)] : []))
        try peer.connection.startGracefulShutdown()
        #expect(!peer.connection.hasEvents)
    }

    @Test("a client's GOAWAY names the last promise; promised streams continue to their end")
    func pushes() throws {
        let peer = try client { $0.sendsClientGoAway = true }
        try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        let promise = { (id: UInt32) in
            FrameBuilder.pushPromise(1, promised: id, block: Attacker.get)
        }
        try peer.receive(promise(2))
        peer.sent()
        try peer.connection.startGracefulShutdown()
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 2)])
        // A promise that crossed the GOAWAY, which has told the server that it will not be processed.
        #expect(try peer.receive(promise(4)) == [])
        #expect(peer.sent() == [])
        let end = { (id: UInt32) in
            FrameBuilder.headers(id, block: self.response, endStream: true)
        }
        // The response to that promise has crossed the GOAWAY, too.
        #expect(try peer.receive(end(1) + end(4)).contains(.connectionDrained) == false)
        #expect(try peer.receive(end(2)).last == .connectionDrained)
        try peer.connection.closeConnection()
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 2)])
    }

    @Test("a promise that crosses a client's GOAWAY does not keep the client from being drained")
    func crossingPromise() throws {
        let pair = try Pair.started(
            client: H2Configuration.client.with {
                $0.sendsClientGoAway = true
                $0.reportsStreamOutcomes = true
            })
        let id = try pair.openStream(endStream: true)
        try pair.server.pushStream(2, on: id, requestHeaders: .sampleRequest)
        try pair.client.startGracefulShutdown()
        // The server drops the promised stream, and sends nothing on it.
        #expect(try pair.exchange().client == [])
        try pair.respond(on: id)
        let events = try pair.exchange().client
        #expect(events.suffix(2) == [.closed(id, .completed), .connectionDrained])
    }

    @Test("a GOAWAY of the server during the shutdown of a client ends later streams once")
    func bothSides() throws {
        let peer = try client()
        for id in [1, 3] as [H2StreamID] {
            try peer.connection.sendHeaders(.sampleRequest, on: id, endStream: true)
        }
        try peer.connection.startGracefulShutdown()
        peer.sent()
        let events = try peer.receive(FrameBuilder.goAway(last: 1))
        #expect(events.count == 2 && !events.contains(.connectionDrained))
        #expect(
            try peer.receive(FrameBuilder.headers(1, block: response, endStream: true)).last
                == .connectionDrained)
    }

    // MARK: Crossing

    @Test(
        "whenever a server shuts down, each request is answered or safe to retry",
        arguments: 0..<8)
    func crossing(index: Int) throws {
        let begin = 3 + 20 * index
        let delay = SimulatedPath.Link(delay: .milliseconds(40))
        let path = SimulatedPath(toServer: delay, toClient: delay)
        var processed: Set<H2StreamID> = []
        var answered: Set<H2StreamID> = []
        var retried: Set<H2StreamID> = []
        var drained = [0, 0]
        var goAways: [H2StreamID] = []
        path.onServerEvents = { path, events in
            for event in events {
                if case .requestReceived(let request) = event {
                    processed.insert(request.streamID)
                    path.schedule(after: .milliseconds(25)) { path in
                        try path.server.sendHeaders(
                            .sampleResponse, on: request.streamID, endStream: true)
                    }
                } else if event == .connectionDrained {
                    drained[1] += 1
                }
            }
        }
        path.onClientEvents = { _, events in
            for event in events {
                switch event {
                case .streamEnded(let end): answered.insert(end.streamID)
                case .streamReset(let reset) where reset.isSafeToRetry:
                    retried.insert(reset.streamID)
                case .connectionTerminated(let end): goAways.append(end.lastStreamID)
                case .connectionDrained: drained[0] += 1
                default: break
                }
            }
        }
        try path.start()
        var opened: Set<H2StreamID> = []
        for turn in 0..<40 {
            path.schedule(after: .milliseconds(turn * 7)) { path in
                guard path.client.availableOutboundStreams != 0 else { return }
                let id = try path.client.nextAvailableStreamID()
                try path.client.sendHeaders(.sampleRequest, on: id, endStream: true)
                opened.insert(id)
            }
        }
        path.schedule(after: .milliseconds(begin)) { try $0.server.startGracefulShutdown() }
        try path.runUntilIdle()
        #expect(opened.count > 1)
        #expect(answered.union(retried) == opened)
        #expect(answered.isDisjoint(with: retried))
        #expect(answered == processed)
        #expect(goAways.count == 2 && goAways[0] == .max)
        #expect(goAways.last == processed.max() ?? 0)
        drained[1] += path.server.takeEvents().filter { $0 == .connectionDrained }.count
        #expect(drained == [0, 1])
    }
}
