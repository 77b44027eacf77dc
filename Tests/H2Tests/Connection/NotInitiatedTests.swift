// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct NotInitiatedTests {
    private static let refusal = ErrorFacts.local(.notInitiated)

    @Test(
        "before initiateConnection, received bytes are refused, and nothing changes",
        arguments: [H2Configuration.client, .server])
    func nothingIsReceived(_ configuration: H2Configuration) throws {
        let connection = H2Connection(configuration)
        let isServer = configuration.role == .server
        let bytes =
            (isServer ? FrameBuilder.preface() : []) + FrameBuilder.settings()
            + FrameBuilder.settingsAck()
        for piece in [bytes, [bytes[0]], []] {
            expectMisuse(connection, Self.refusal) { () throws(H2Error) in
                _ = try connection.receiveData(piece)
            }
            expectMisuse(connection, Self.refusal) { () throws(H2Error) in
                _ = try connection.receiveData(copying: piece.span)
            }
            var events: [H2Event] = []
            expectMisuse(connection, Self.refusal) { () throws(H2Error) in
                try connection.receiveData(piece[...], into: &events)
            }
            #expect(events.isEmpty)
        }
        // The same bytes are valid afterwards.
        try connection.initiateConnection()
        let events = try connection.receiveData(bytes)
        #expect(events.count == 2)
        #expect(connection.audit() == [])
    }

    @Test(
        "before initiateConnection, sending is refused, and nothing changes",
        arguments: [H2Configuration.client, .server])
    func nothingIsSent(_ configuration: H2Configuration) throws {
        let connection = H2Connection(configuration)
        func expectRefusal(
            sourceLocation: SourceLocation = #_sourceLocation,
            _ call: () throws(H2Error) -> Void
        ) {
            expectMisuse(connection, Self.refusal, sourceLocation: sourceLocation, call)
        }
        expectRefusal { () throws(H2Error) in try connection.sendHeaders(.sampleRequest, on: 1) }
        expectRefusal { () throws(H2Error) in try connection.sendData([1], on: 1) }
        expectRefusal { () throws(H2Error) in try connection.sendData([], on: 1, endStream: true) }
        expectRefusal { () throws(H2Error) in try connection.endStream(1) }
        expectRefusal { () throws(H2Error) in try connection.resetStream(1) }
        expectRefusal { () throws(H2Error) in try connection.ping(H2PingData(1)) }
        expectRefusal { () throws(H2Error) in try connection.updateSettings([:]) }
        expectRefusal { () throws(H2Error) in try connection.acknowledgeReceivedData(1, on: 1) }
        expectRefusal { () throws(H2Error) in try connection.incrementFlowControlWindow(by: 1) }
        expectRefusal { () throws(H2Error) in
            try connection.incrementFlowControlWindow(by: 1, on: 1)
        }
        expectRefusal { () throws(H2Error) in try connection.closeConnection() }
        #expect(!connection.hasDataToSend)
        #expect(connection.dataToSend() == [])
        #expect(connection.connectionState == .idle)
    }

    @Test("nextAvailableStreamID and the output can be read before initiateConnection")
    func queriesWork() throws {
        let client = H2Connection(.client)
        let server = H2Connection(.server)
        let ids = try [client.nextAvailableStreamID(), server.nextAvailableStreamID()]
        #expect(ids == [1, 2])
        #expect(client.withDataToSend { $0.count } == 0)
        client.clearOutboundDataBuffer()
        #expect(client.outboundByteCount == 0)
    }

    @Test(
        "a connection is initiated only once", arguments: [H2Configuration.client, .server])
    func onlyOnce(_ configuration: H2Configuration) throws {
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.initiateConnection()
        }
        let frames = WireReader.frames(in: connection.dataToSend())
        #expect(frames.map(\.type) == [.settings])
    }
}
