// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct SendingDataTests {
    /// A client with streams 1 and 3 open, and empty output.
    private func client(settings: [(UInt16, UInt32)] = []) throws -> Peer {
        let peer = try Peer(.client, settings: settings)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        try peer.connection.sendHeaders(.samplePost, on: 3)
        peer.sent()
        return peer
    }

    /// A client whose peer accepts frames of 1 MiB and has windows of 16 MiB.
    private func clientWithLargeFrames() throws -> Peer {
        let peer = try client(settings: [(0x5, 1 << 20), (0x4, 1 << 24)])
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 1 << 24))
        return peer
    }

    private func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    }

    @Test("each form of sendData writes the same frame")
    func forms() throws {
        let data = bytes(40)
        let padded = FrameBuilder.data(1, Array(data[10..<20]), endStream: true, padLength: 3)
        func expectFrame(_ send: (H2Connection) throws -> Void) throws {
            let peer = try client()
            try send(peer.connection)
            let sent = peer.connection.dataToSend()
            #expect(sent == padded)
            #expect(peer.connection.outboundFlowControlWindow == 65_535 - 14)
            peer.check()
        }
        try expectFrame {
            try $0.sendData(Array(data[10..<20]), on: 1, endStream: true, padLength: 3)
        }
        try expectFrame { try $0.sendData(data[10..<20], on: 1, endStream: true, padLength: 3) }
        try expectFrame {
            try $0.sendData(H2Bytes(data[10..<20]), on: 1, endStream: true, padLength: 3)
        }
        try expectFrame {
            try $0.sendData(
                copying: data.span.extracting(10..<20), on: 1, endStream: true, padLength: 3)
        }
        try expectFrame { connection in
            try unsafe data.withUnsafeBytes {
                try unsafe connection.sendData(
                    copying: UnsafeRawBufferPointer(rebasing: $0[10..<20]), on: 1,
                    endStream: true, padLength: 3)
            }
        }
    }

    @Test(
        "§6.1: padding has the requested length, and counts toward the window",
        arguments: [nil, 0, 1, 254, 255] as [UInt8?])
    func padding(_ padLength: UInt8?) throws {
        for count in [0, 1, 1_000] {
            let peer = try client()
            let data = bytes(count)
            try peer.connection.sendData(data, on: 1, padLength: padLength)
            let sent = peer.connection.dataToSend()
            let frame = FrameBuilder.data(1, data, padLength: padLength)
            #expect(sent == frame)
            let window = 65_535 - (frame.count - 9)
            #expect(peer.connection.outboundFlowControlWindow == window)
            #expect(try peer.connection.localFlowControlWindow(on: 1) == window)
            #expect(try peer.connection.localFlowControlWindow(on: 3) == window)
        }
    }

    @Test(
        "one call sends one frame, up to the peer's MAX_FRAME_SIZE",
        arguments: [16_384, 16_385, 60_000, 1 << 20])
    func oneFrame(_ count: Int) throws {
        let peer = try clientWithLargeFrames()
        #expect(peer.connection.maxOutboundFrameSize == 1 << 20)
        let data = bytes(count)
        try peer.connection.sendData(data, on: 1)
        let sent = peer.connection.dataToSend()
        #expect(sent == FrameBuilder.data(1, data))
        // nghttp2 still splits HEADERS at 16,384 bytes, the size of its own buffers.
        var headers = H2Headers.sampleTrailers
        for index in 0..<30 {
            headers.append("x-\(index)", String(repeating: "\u{1}", count: 1_000))
        }
        try peer.connection.sendHeaders(headers, on: 1, endStream: true)
        try peer.connection.sendData(data, on: 3, endStream: true)
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.headers, .continuation, .data])
        #expect(frames.last?.data == data)
        peer.check()
    }

    @Test("§4.2: a frame above the peer's MAX_FRAME_SIZE, padding included, is refused")
    func frameTooLarge() throws {
        let peer = try client()
        let tooLarge = ErrorFacts.local(.frameTooLarge, .frameSizeError, on: 1)
        let data = bytes(16_385)
        expectMisuse(peer.connection, tooLarge) { () throws(H2Error) in
            try peer.connection.sendData(data, on: 1)
        }
        expectMisuse(peer.connection, tooLarge) { () throws(H2Error) in
            try peer.connection.sendData(data[..<16_384], on: 1, padLength: 0)
        }
        expectMisuse(peer.connection, tooLarge) { () throws(H2Error) in
            try peer.connection.sendData(data[..<16_129], on: 1, endStream: true, padLength: 255)
        }
        let error = failure { () throws(H2Error) in
            try peer.connection.sendData(copying: data.span, on: 1)
        }
        #expect(error?.expected == 16_384)
        #expect(error?.actual == 16_385)
        try peer.connection.sendData(data[..<16_128], on: 1, padLength: 255)
        #expect(peer.sent().map(\.payload.count) == [16_384])
    }

    @Test("§6.9.1: DATA beyond the window, padding included, is refused")
    func beyondWindow() throws {
        let peer = try client(settings: [(0x4, 100)])
        let blocked = ErrorFacts.local(.flowControl, .flowControlError, on: 1)
        let data = bytes(200)
        for (count, padLength) in [(101, nil), (100, 0), (0, 100), (90, 10)] as [(Int, UInt8?)] {
            expectMisuse(peer.connection, blocked) { () throws(H2Error) in
                try peer.connection.sendData(data[..<count], on: 1, padLength: padLength)
            }
        }
        try peer.connection.sendData(data[..<90], on: 1, padLength: 9)
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 0)
        expectMisuse(peer.connection, blocked) { () throws(H2Error) in
            try peer.connection.sendData(data[..<1], on: 1, endStream: true)
        }
        // An empty frame needs no window.
        try peer.connection.sendData([], on: 1)
        try peer.connection.sendData([], on: 1, endStream: true)
        #expect(peer.sent().map(\.payload.count) == [100, 0, 0])
    }

    @Test("§8.1: a server cannot send DATA before its final response; a 1xx is not final")
    func dataBeforeResponse() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        let refusal = ErrorFacts.local(.protocolViolation, on: 1)
        for round in 0..<2 {
            expectMisuse(peer.connection, refusal) { () throws(H2Error) in
                try peer.connection.sendData([1], on: 1)
            }
            expectMisuse(peer.connection, refusal) { () throws(H2Error) in
                try peer.connection.sendData([], on: 1, endStream: true)
            }
            expectMisuse(peer.connection, refusal) { () throws(H2Error) in
                try peer.connection.endStream(1)
            }
            if round == 0 { try peer.connection.sendHeaders([":status": "100"], on: 1) }
        }
        try peer.connection.sendHeaders(.sampleResponse, on: 1)
        try peer.connection.sendData([1], on: 1, endStream: true)
        #expect(peer.sent().map(\.type) == [.headers, .headers, .data])
    }

    @Test("§5.1: sendData on a stream that may not send DATA is refused")
    func wrongStream() throws {
        let peer = try client()
        let connection = peer.connection
        for id in [0, 2, 5, 6, 0x7fff_ffff] as [H2StreamID] {
            expectMisuse(connection, .local(.noSuchStream, on: id)) { () throws(H2Error) in
                try connection.sendData([1], on: id)
            }
        }
        expectMisuse(connection, .local(.invalidArgument, on: 0x8000_0001)) { () throws(H2Error) in
            try connection.sendData([1], on: 0x8000_0001)
        }
        try connection.endStream(1)
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try connection.sendData([1], on: 1)
        }
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try connection.sendData([], on: 1, endStream: true)
        }
        try connection.resetStream(3)
        expectMisuse(connection, .local(.streamClosed, .streamClosed, on: 3)) {
            () throws(H2Error) in try connection.sendData([1], on: 3)
        }
    }

    @Test("the caller may change its bytes as soon as sendData returns")
    func bytesAreCopied() throws {
        let peer = try client()
        var data = bytes(1_000)
        let before = data
        try peer.connection.sendData(data, on: 1)
        for index in data.indices { data[index] = 0 }
        #expect(peer.sent().map(\.data) == [before])
    }
}
