// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `:status` is three digits from 100 to 999, RFC 9110 §15, and not 101, RFC 9113 §8.6.
@Suite struct StatusTests {
    static let invalid = [
        "", "1", "20", "99", "099", "2000", "0200", "abc", "+20", "1xx", "2o0", "200 OK", "-20",
        "²00", "101",
    ]

    @Test("a response with an invalid :status resets its stream", arguments: invalid)
    func received(status: String) throws {
        let peer = try Peer.withRequest(.client)
        let events = try peer.receive(FrameBuilder.headers(1, [":status": status]))
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .protocolError, isRemote: false))
            ])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(1, code: 1)])
    }

    @Test("a response with an invalid :status cannot be sent", arguments: invalid)
    func sent(status: String) throws {
        let peer = try Peer.withRequest(.server)
        expectMisuse(peer.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try peer.connection.sendHeaders([":status": status], on: 1)
        }
    }

    @Test(
        "every other class of status is a final response", arguments: ["200", "599", "600", "999"])
    func unknownClasses(status: String) throws {
        let peer = try Peer.withRequest(.client)
        let events = try peer.receive(FrameBuilder.headers(1, [":status": status]))
        #expect(events == [.responseReceived(.init(streamID: 1, headers: [":status": status]))])
        try Peer.withRequest(.server).connection.sendHeaders([":status": status], on: 1)
    }

    @Test("without validation, a status is informational if it is three digits starting with 1")
    func unchecked() throws {
        for (status, isInformational) in [
            ("1", false), ("1xx", false), ("1000", false), ("100", true), ("101", true),
            ("199", true), ("", false),
        ] {
            let peer = try Peer.withRequest(.client) { $0.validateInboundHeaders = false }
            let headers: H2Headers = [":status": status]
            let events = try peer.receive(FrameBuilder.headers(1, block: headers.block))
            #expect(
                events == [
                    isInformational
                        ? .informationalResponseReceived(.init(streamID: 1, headers: headers))
                        : .responseReceived(.init(streamID: 1, headers: headers))
                ])
        }
    }

    @Test("DATA after 204 or 304 resets the stream, RFC 9110 §15.3.5 and §15.4.5")
    func dataWithoutContent() throws {
        for status in ["204", "304"] {
            for length in [nil, "0", "3"] {
                let peer = try Peer.withRequest(.client)
                var headers: H2Headers = [":status": status]
                if let length { headers.append("content-length", length) }
                try peer.receive(FrameBuilder.headers(1, block: headers.block))
                let empty = try peer.receive(FrameBuilder.data(1, [], padLength: 3))
                #expect(empty.count == 1)
                let events = try peer.receive(FrameBuilder.data(1, [1, 2, 3]))
                #expect(
                    events == [
                        .streamReset(
                            .init(streamID: 1, errorCode: .protocolError, isRemote: false))
                    ])
            }
        }
    }

    @Test("204 and 304 may end with an empty DATA frame, whatever their content-length says")
    func emptyEnd() throws {
        for status in ["204", "304"] {
            let peer = try Peer.withRequest(.client)
            let headers: H2Headers = [":status": status, "content-length": "3"]
            try peer.receive(FrameBuilder.headers(1, block: headers.block))
            #expect(try peer.receive(FrameBuilder.data(1, endStream: true)).count == 2)
        }
    }

    @Test("a received 205 may have DATA: the rule binds senders only, RFC 9110 §15.3.6")
    func resetContent() throws {
        let peer = try Peer.withRequest(.client)
        try peer.receive(FrameBuilder.headers(1, [":status": "205"]))
        #expect(try peer.receive(FrameBuilder.data(1, [1, 2, 3])).count == 1)
    }

    @Test("a 204 to CONNECT is a tunnel and carries DATA")
    func tunnel() throws {
        let peer = try Peer(.client, policies: .asConfigured)
        try peer.connection.sendHeaders([":method": "CONNECT", ":authority": "a:1"], on: 1)
        try peer.receive(FrameBuilder.headers(1, [":status": "204"]))
        #expect(try peer.receive(FrameBuilder.data(1, [1, 2, 3])).count == 1)
    }

    @Test("DATA before, and any response after, the final response reset the stream")
    func outOfOrder() throws {
        let early = FrameBuilder.headers(1, [":status": "103"])
        let final = FrameBuilder.headers(1, [":status": "200"])
        let data = FrameBuilder.data(1, [1])
        for (first, second) in [([], data), (early, data), (final, early), (final, final)] {
            let peer = try Peer.withRequest(.client)
            try peer.receive(first)
            peer.expectReset(second, of: 1, .protocolError)
            #expect(peer.connection.usage.provokedResets.total == 1)
        }
    }
}
