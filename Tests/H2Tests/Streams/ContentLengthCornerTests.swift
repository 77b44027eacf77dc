// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Messages that have no body although RFC 9110 lets them announce one.
@Suite struct ContentLengthCornerTests {
    @Test(
        "§8.1.1: a 204 or 304 that announces a body may end with empty DATA or trailers",
        arguments: ["204", "304"])
    func notModified(status: String) throws {
        let ends = [
            FrameBuilder.data(1, endStream: true),
            FrameBuilder.headers(1, block: H2Headers.sampleTrailers.block, endStream: true),
        ]
        for end in ends {
            let peer = try Peer(.client)
            try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
            let block = HPACKEncoder.block([(":status", status), ("content-length", "14")])
            let result = peer.receiveResult(FrameBuilder.headers(1, block: block) + end)
            #expect(result.error == nil)
            #expect(result.events.last == .streamEnded(.init(streamID: 1)))
        }
    }

    @Test("RFC 9110 §9.3.2: a pushed response to HEAD has no body, whatever it announces")
    func pushedHead() throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        let promise = HPACKEncoder.block([
            (":method", "HEAD"), (":scheme", "https"), (":authority", "example.com"),
            (":path", "/"),
        ])
        try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: promise))
        let block = HPACKEncoder.block([(":status", "200"), ("content-length", "14")])
        let result = peer.receiveResult(FrameBuilder.headers(2, block: block, endStream: true))
        #expect(result.error == nil)
        #expect(result.events.last == .streamEnded(.init(streamID: 2)))
    }

    @Test("RFC 9110 §9.3.6: content-length of a 2xx response to CONNECT is ignored")
    func connect() throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(
            [":method": "CONNECT", ":authority": "example.com:443"], on: 1)
        let block = HPACKEncoder.block([(":status", "200"), ("content-length", "3")])
        let result = peer.receiveResult(
            FrameBuilder.headers(1, block: block) + FrameBuilder.data(1, [1, 2, 3, 4, 5]))
        #expect(result.error == nil)
        #expect(result.events.count == 2)
    }
}
