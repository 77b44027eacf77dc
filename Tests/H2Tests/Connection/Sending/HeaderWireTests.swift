// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Header sections on the wire.
@Suite struct HeaderWireTests {
    private func fields(_ headers: H2Headers) -> [HPACKDecoder.Field] {
        headers.map {
            HPACKDecoder.Field(
                name: Array($0.nameBytes), value: Array($0.valueBytes),
                neverIndexed: $0.indexing == .never)
        }
    }

    @Test("§6.2: a small section is one HEADERS frame with END_HEADERS", arguments: [false, true])
    func oneFrame(_ endStream: Bool) throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: endStream)
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.headers])
        let frame = try #require(frames.first)
        #expect(frame.flags == (endStream ? 0x5 : 0x4))
        #expect(frame.streamID == 1)
        #expect(peer.sentHeaders(of: frame) == fields(.sampleRequest))
    }

    @Test(
        "§6.10: a large section continues in CONTINUATION",
        arguments: [16_000, 16_384, 40_000, 300_000])
    func continuation(_ size: Int) throws {
        let peer = try Peer(.client)
        var headers = H2Headers.sampleRequest
        // Bytes that Huffman coding would lengthen are sent without it.
        for index in 0..<size / 1_000 {
            headers.append("x-\(index)", String(repeating: "\u{1}", count: 1_000))
        }
        try peer.connection.sendHeaders(headers, on: 1, endStream: true)
        let frames = peer.sent()
        let first = try #require(frames.first)
        #expect(first.type == .headers)
        #expect(first.endsStream)
        #expect(frames.count >= size / 16_384)
        #expect(frames.dropFirst().allSatisfy { $0.type == .continuation && $0.streamID == 1 })
        #expect(frames.allSatisfy { $0.payload.count <= 16_384 })
        #expect(frames.dropLast().allSatisfy { !$0.endsHeaders })
        #expect(frames.last?.endsHeaders == true)
        #expect(peer.sentHeaders(of: first) == fields(headers))
    }

    @Test("§6.10: later frames follow all frames of a large section")
    func orderAfterContinuation() throws {
        let peer = try Peer(.client)
        var headers = H2Headers.samplePost
        for index in 0..<40 {
            headers.append("x-\(index)", String(repeating: "\u{1}", count: 1_000))
        }
        try peer.connection.sendHeaders(headers, on: 1)
        try peer.connection.sendData([1], on: 1)
        try peer.connection.ping(H2PingData(1))
        let types = peer.sent().map(\.type)
        #expect(types == [.headers, .continuation, .continuation, .data, .ping])
    }

    @Test("RFC 7541 §7.1.3: a never-indexed field is marked as such on the wire")
    func neverIndexed() throws {
        let peer = try Peer(.client)
        var headers = H2Headers.sampleRequest
        headers.append("authorization", "Basic secret", indexing: .never)
        headers.append("x-token", "secret", indexing: .never)
        headers.append(H2Header("x-public", "open"))
        headers.append(H2Header("odd", "never", indexing: .never))
        for id in [1, 3, 5] as [H2StreamID] {
            try peer.connection.sendHeaders(headers, on: id)
            let frame = try #require(peer.sent().first)
            let sent = peer.sentHeaders(of: frame)
            #expect(sent == fields(headers))
            #expect(
                sent.map(\.neverIndexed) == [
                    false, false, false, false, true, true, false, true,
                ])
        }
        #expect(!peer.decoder.table.contains { $0.value == Array("secret".utf8) })
        #expect(peer.decoder.table.contains { $0.name == Array("x-public".utf8) })
    }

    @Test("fields keep their order and repetition, and values keep their bytes")
    func fieldsAreKept() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        var headers: H2Headers = [
            ":status": "200", "b": "2", "a": "1", "b": "2", "set-cookie": "x", "set-cookie": "y",
            "empty": "",
        ]
        headers.append(name: Array("x-bytes".utf8), value: [0x80, 0xff, 0xfe])
        try peer.connection.sendHeaders(headers, on: 1)
        let frame = try #require(peer.sent().first)
        #expect(peer.sentHeaders(of: frame) == fields(headers))
    }

    @Test("RFC 7541 §4.2: a smaller table is announced in the next field block")
    func tableSize() throws {
        let peer = try Peer(.client)
        let headers: H2Headers = [
            ":method": "GET", ":path": "/a", ":scheme": "https", ":authority": "a", "x": "yyyy",
        ]
        for id in [1, 3] as [H2StreamID] { try peer.connection.sendHeaders(headers, on: id) }
        peer.sent()
        #expect(peer.decoder.tableSize > 0)
        for (size, id) in [(0, 5), (64, 7), (100_000, 9)] as [(Int, H2StreamID)] {
            try peer.receive(FrameBuilder.settings([(0x1, UInt32(size))]))
            peer.sent()
            peer.decoder.sizeLimit = size
            try peer.connection.sendHeaders(headers, on: id)
            let frame = try #require(peer.sent().first)
            #expect(peer.sentHeaders(of: frame) == fields(headers))
            #expect(peer.decoder.tableSize <= size)
        }
    }

    @Test("sending a section does not change the caller's value")
    func callersValueStays() throws {
        let peer = try Peer(.client)
        let headers = H2Headers.sampleRequest
        let copy = headers
        for id in [1, 3] as [H2StreamID] { try peer.connection.sendHeaders(headers, on: id) }
        #expect(headers == copy)
        #expect(peer.sent().count == 2)
    }
}
