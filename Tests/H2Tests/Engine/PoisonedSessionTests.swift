// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct PoisonedSessionTests {
    /// A client whose second stream nghttp2 has just refused, although H2 allowed it.
    private func clientWithHeldHeaders() throws -> (peer: Peer, error: H2Error?) {
        let peer = try Peer(.client, settings: [(0x3, 1)])
        try peer.connection.sendHeaders(.sampleRequest, on: 1)
        #expect(peer.sent().map(\.type) == [.headers])
        // Only H2's own check is lifted: nghttp2 still has the peer's limit.
        peer.connection.state.remote = SettingsState(of: .server)
        var headers = H2Headers.sampleRequest
        for index in 0..<100 { headers.append("x-secret-\(index)", "held back \(index)") }
        let error = failure { () throws(H2Error) in
            try peer.connection.sendHeaders(headers, on: 3)
        }
        return (peer, error)
    }

    @Test("a HEADERS frame that nghttp2 holds back poisons the session")
    func heldHeadersPoison() throws {
        let (peer, error) = try clientWithHeldHeaders()
        #expect(error?.facts == .local(.internalError, .internalError))
        #expect(peer.connection.isPoisoned)
        #expect(peer.connection.unexpectedReactions == 1)
        #expect(peer.connection.connectionState == .closed)
        #expect(peer.connection.openOutboundStreams == 1)
    }

    @Test("a request that nghttp2 held back is never sent")
    func heldRequestIsNeverSent() throws {
        let (peer, error) = try clientWithHeldHeaders()
        #expect(error != nil)
        let goAway = FrameBuilder.goAway(last: 0, code: 0x2)
        let first = peer.connection.dataToSend()
        #expect(first == goAway)
        // The first stream ends and the peer raises its limit, so nghttp2 would write the held
        // frame.
        let more = FrameBuilder.settings([(0x3, 100)]) + FrameBuilder.rstStream(1)
        _ = failure { () throws(H2Error) in _ = try peer.connection.receiveData(more) }
        _ = failure { () throws(H2Error) in try peer.connection.ping(H2PingData(1)) }
        #expect(peer.connection.dataToSend().isEmpty)
        #expect(!peer.connection.hasDataToSend)
    }

    @Test("after that, receiveData throws the same error, and every other call is refused")
    func allCallsAreRefused() throws {
        let (peer, error) = try clientWithHeldHeaders()
        let connection = peer.connection
        for _ in 0..<3 {
            let again = failure { () throws(H2Error) in
                _ = try connection.receiveData(FrameBuilder.ping(1))
            }
            #expect(again == error)
            var events: [H2Event] = []
            let inPlace = failure { () throws(H2Error) in
                try connection.receiveData(FrameBuilder.ping(1), into: &events)
            }
            #expect(inPlace == error)
            #expect(events.isEmpty)
        }
        let refused = ErrorFacts.local(.protocolViolation)
        expectMisuse(connection, refused) { () throws(H2Error) in
            try connection.sendHeaders(.sampleRequest, on: 5)
        }
        expectMisuse(connection, refused) { () throws(H2Error) in
            try connection.sendHeaders(.sampleTrailers, on: 1, endStream: true)
        }
        expectMisuse(connection, refused) { () throws(H2Error) in
            try connection.sendData([1], on: 1)
        }
        expectMisuse(connection, refused) { () throws(H2Error) in try connection.endStream(1) }
        expectMisuse(connection, refused) { () throws(H2Error) in try connection.resetStream(1) }
        expectMisuse(connection, refused) { () throws(H2Error) in
            try connection.ping(H2PingData(1))
        }
        expectMisuse(connection, refused) { () throws(H2Error) in
            try connection.updateSettings([.initialWindowSize: 1])
        }
        expectMisuse(connection, refused) { () throws(H2Error) in
            try connection.incrementFlowControlWindow(by: 1)
        }
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try connection.acknowledgeReceivedData(1, on: 1)
        }
        expectMisuse(connection, refused) { () throws(H2Error) in
            try connection.closeConnection()
        }
    }

    @Test("a poisoned session is freed with everything it holds", arguments: 1...20)
    func poisonedSessionIsFreed(_ round: Int) throws {
        // The address sanitizer checks the pointers that the held frame keeps.
        var (peer, error) = try clientWithHeldHeaders() as (Peer?, H2Error?)
        #expect(error != nil)
        weak let connection = peer?.connection
        peer = nil
        #expect(connection == nil)
    }
}
