// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The descriptions of errors, as whole texts. Each kind that has a value and a limit is here.
@Suite struct ErrorMessageTests {
    private func received(
        _ bytes: [UInt8], _ configuration: H2Configuration = .server
    ) throws -> String? {
        try Peer(configuration).receiveResult(bytes).error?.description
    }

    private func sent(
        _ peer: Peer, _ call: (H2Connection) throws(H2Error) -> Void
    ) -> String? {
        failure { () throws(H2Error) in try call(peer.connection) }?.description
    }

    @Test("an exceeded size limit is named with its bound and the size")
    func sizeLimits() throws {
        let request = FrameBuilder.headers(1, block: H2Headers.sampleRequest.block)
        let fields = H2Configuration.limited(.server) { $0.headerFields = 3 }
        let fieldsError = try received(request, fields)
        #expect(
            fieldsError
                == "denialOfService (ENHANCE_YOUR_CALM, remote): too many field lines in a field "
                + "section (limit headerFields 3, actual 4)")
        // The third of the four lines exceeds the limit, and ends the connection.
        let list = H2Configuration.limited(.server) { $0.headerListSize = 100 }
        let listError = try received(request, list)
        #expect(
            listError
                == "denialOfService (ENHANCE_YOUR_CALM, remote): field section too large (limit "
                + "headerListSize 100, actual 139)")
    }

    @Test("an exceeded budget is named with its allowance and its usage")
    func budgets() throws {
        let pings = H2Configuration.limited(.server) {
            $0.controlFrames = H2Limits.Budget(2, perSecond: 0)
        }
        #expect(
            try received(FrameBuilder.ping() + FrameBuilder.ping() + FrameBuilder.ping(), pings)
                == "denialOfService (ENHANCE_YOUR_CALM, remote): too many frames that carry no "
                + "message, such as PING (limit controlFrames 2, actual 3)")
    }

    @Test("the message for too many streams has the limit and the number of open streams")
    func streams() throws {
        let block = H2Headers.sampleRequest.block
        var configuration = H2Configuration.server
        configuration.initialSettings = [.maxConcurrentStreams: 1]
        #expect(
            try received(
                FrameBuilder.headers(1, block: block) + FrameBuilder.headers(3, block: block),
                configuration)
                == "tooManyStreams (PROTOCOL_ERROR, remote, stream 3): the peer exceeded "
                + "MAX_CONCURRENT_STREAMS, RFC 9113 §5.1.2 (limit 1, open 1)")
        let client = try Peer(.client, settings: [(0x3, 0)])
        #expect(
            sent(client) { connection throws(H2Error) in
                try connection.sendHeaders(.sampleRequest, on: 1)
            }
                == "tooManyStreams (PROTOCOL_ERROR, local, stream 1): the peer's "
                + "MAX_CONCURRENT_STREAMS is reached, RFC 9113 §5.1.2 (limit 0, open 0)")
    }

    @Test("the message for DATA beyond a window has the window and the length")
    func windows() throws {
        let client = try Peer(.client, settings: [(0x4, 5)])
        try client.connection.sendHeaders(.samplePost, on: 1)
        #expect(
            sent(client) { connection throws(H2Error) in
                try connection.sendData([1, 2, 3, 4, 5, 6], on: 1)
            }
                == "flowControl (FLOW_CONTROL_ERROR, local, stream 1): DATA exceeds the "
                + "flow-control window, RFC 9113 §6.9.1 (window 5, length 6)")
        var configuration = H2Configuration.server
        configuration.initialSettings = [.initialWindowSize: 5]
        #expect(
            try received(
                FrameBuilder.headers(1, block: H2Headers.samplePost.block)
                    + FrameBuilder.data(1, [1, 2, 3, 4, 5, 6]), configuration)
                == "flowControl (FLOW_CONTROL_ERROR, remote, stream 1): DATA exceeds the stream's "
                + "window, RFC 9113 §6.9.1 (window 5, length 6)")
    }

    @Test("the first of two violations is reported, for a received and for a sent section")
    func firstViolation() throws {
        let fields = [
            (":method", "GET"), (":scheme", "https"), ("host", "a\0b"), (":path", "/"),
        ]
        let sentError = sent(try Peer(.client)) { connection throws(H2Error) in
            try connection.sendHeaders(H2Headers(fields), on: 1)
        }
        var encoder = HPACKEncoder()
        for (name, value) in fields { encoder.literal(name, value) }
        var configuration = H2Configuration.server
        configuration.malformedMessages = .connectionError
        let receivedError = try received(
            FrameBuilder.headers(1, block: encoder.bytes), configuration)
        let reason = "NUL, CR or LF in a field value"
        #expect(sentError?.contains(reason) == true)
        #expect(receivedError?.contains(reason) == true)
    }

    @Test("the message for a wrong body length has both lengths")
    func bodyLength() throws {
        let fields = HPACKEncoder.block([("content-length", "5")])
        #expect(
            try received(
                FrameBuilder.headers(1, block: H2Headers.samplePost.block + fields)
                    + FrameBuilder.data(1, [1, 2], endStream: true))
                == "invalidBodyLength (PROTOCOL_ERROR, remote, stream 1): body length differs from "
                + "content-length, or no body is allowed, RFC 9113 §8.1.1 (expected 5, actual 2)")
    }

    @Test("the message for an invalid frame names its type and its length")
    func frames() throws {
        #expect(
            try received(FrameBuilder.raw(type: 0x0, stream: 5, length: 20_000))
                == "frameTooLarge (FRAME_SIZE_ERROR, remote, stream 5): payload of DATA "
                + "exceeds MAX_FRAME_SIZE, RFC 9113 §4.2 (limit 16384, actual 20000)")
        #expect(
            try received(FrameBuilder.raw(type: 0x2a, length: 20_000))
                == "frameTooLarge (FRAME_SIZE_ERROR, remote): payload of frame type 0x2a "
                + "exceeds MAX_FRAME_SIZE, RFC 9113 §4.2 (limit 16384, actual 20000)")
        #expect(
            try received(FrameBuilder.raw(type: 0x6, payload: [1, 2, 3]))
                == "frameDataMissing (FRAME_SIZE_ERROR, remote): PING with an invalid length of 3 "
                + "bytes")
        #expect(
            try received(FrameBuilder.ping().enumerated().map { $0.offset == 8 ? 7 : $0.element })
                == "protocolViolation (PROTOCOL_ERROR, remote, stream 7): PING with a stream "
                + "identifier other than 0")
        #expect(
            try received(
                FrameBuilder.headers(1, block: [], endHeaders: false)
                    + FrameBuilder.continuation(3, block: []))
                == "protocolViolation (PROTOCOL_ERROR, remote, stream 1): field block interrupted "
                + "by CONTINUATION on stream 3, RFC 9113 §4.3")
    }

    @Test("the message for a wrong first frame names the frame")
    func firstFrame() throws {
        for (frame, name) in [
            (FrameBuilder.ping(), "PING"), (FrameBuilder.settingsAck(), "SETTINGS with ACK"),
            (FrameBuilder.raw(type: 0x48), "frame type 0x48"),
        ] {
            let client = try Peer(.client, handshake: false)
            try client.connection.initiateConnection()
            #expect(
                client.receiveResult(frame).error?.description
                    == "protocolViolation (PROTOCOL_ERROR, remote): the first frame is \(name), "
                    + "not SETTINGS, RFC 9113 §3.4")
        }
    }

    @Test("the message for an invalid setting names it, its value and its RFC")
    func settings() throws {
        #expect(
            try received(FrameBuilder.settings([(0x5, 5)]))
                == "invalidSettingsValue (PROTOCOL_ERROR, remote): invalid value 5 of setting "
                + "MAX_FRAME_SIZE, RFC 9113 §6.5.2")
        #expect(
            try received(FrameBuilder.settings([(0x8, 2)]))
                == "invalidSettingsValue (PROTOCOL_ERROR, remote): invalid value 2 of setting "
                + "ENABLE_CONNECT_PROTOCOL, RFC 8441 §3")
        let server = try Peer(.server)
        try server.connection.updateSettings([.enableConnectProtocol: 1])
        #expect(
            sent(server) { connection throws(H2Error) in
                try connection.updateSettings([.enableConnectProtocol: 0])
            }
                == "invalidSettingsValue (PROTOCOL_ERROR, local): setting ENABLE_CONNECT_PROTOCOL "
                + "must not change to 0, RFC 8441 §3")
        #expect(
            try received(FrameBuilder.settings([(0x9, 1)]))
                == "invalidSettingsValue (PROTOCOL_ERROR, remote): setting 0x9 must not change to "
                + "1, RFC 9218 §2.1")
    }

    @Test("a call before initiateConnection() names that call")
    func notInitiated() {
        let connection = H2Connection(.client)
        let error = failure { () throws(H2Error) in try connection.ping(H2PingData(0)) }
        #expect(
            error?.description
                == "notInitiated (PROTOCOL_ERROR, local): call initiateConnection() first")
    }
}
