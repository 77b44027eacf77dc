// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Misuse of `enqueueData` and `enqueueTrailers` throws a typed error and changes nothing.
@Suite struct QueuedDataMisuseTests {
    /// The calls that queue.
    private enum Call: CaseIterable {
        case data, emptyEnd, copiedEnd, trailers

        func callAsFunction(_ connection: H2Connection, _ id: H2StreamID) throws(H2Error) {
            switch self {
            case .data: try connection.enqueueData([1], on: id)
            case .emptyEnd: try connection.enqueueData([] as [UInt8], on: id, endStream: true)
            case .copiedEnd:
                try connection.enqueueData(
                    copying: ([1] as [UInt8]).span, on: id, endStream: true)
            case .trailers: try connection.enqueueTrailers(.sampleTrailers, on: id)
            }
        }
    }

    /// The calls that send at once.
    private enum DirectCall: CaseIterable {
        case end, emptyEnd, empty, trailers

        func callAsFunction(_ connection: H2Connection, _ id: H2StreamID) throws(H2Error) {
            switch self {
            case .end: try connection.endStream(id)
            case .emptyEnd: try connection.sendData([] as [UInt8], on: id, endStream: true)
            case .empty: try connection.sendData([] as [UInt8], on: id)
            case .trailers: try connection.sendHeaders(.sampleTrailers, on: id, endStream: true)
            }
        }
    }

    private func expectAll(
        _ connection: H2Connection, on id: H2StreamID, _ expected: ErrorFacts,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for call in Call.allCases {
            expectMisuse(connection, expected, sourceLocation: sourceLocation) {
                () throws(H2Error) in try call(connection, id)
            }
        }
    }

    @Test("before the connection is initiated")
    func notInitiated() {
        let connection = H2Connection(.client)
        for call in Call.allCases {
            #expect(
                failure { () throws(H2Error) in try call(connection, 1) }?.kind == .notInitiated)
        }
    }

    @Test("on streams that do not exist")
    func noStream() throws {
        let server = try QueueingServer.peer().connection
        expectAll(server, on: 3, .local(.noSuchStream, on: 3))
        expectAll(server, on: 2, .local(.noSuchStream, on: 2))
        expectAll(server, on: 0, .local(.noSuchStream, on: 0))
        let tooHigh = H2StreamID(0x8000_0001)
        expectAll(server, on: tooHigh, .local(.invalidArgument, on: tooHigh))
    }

    @Test("before the HEADERS of the final response")
    func beforeHeaders() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        expectAll(peer.connection, on: 1, .local(.protocolViolation, on: 1))
        try peer.connection.sendHeaders([":status": "103"], on: 1)
        expectAll(peer.connection, on: 1, .local(.protocolViolation, on: 1))
        try peer.connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        expectAll(peer.connection, on: 2, .local(.protocolViolation, on: 2))
        try peer.connection.sendHeaders(.sampleResponse, on: 1)
        try peer.connection.enqueueData([1], on: 1)
        #expect(peer.connection.queuedByteCount == 1)
    }

    @Test("after this side ended the stream, or has queued its end")
    func afterEnd() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        try peer.connection.sendHeaders(.sampleResponse, on: 1)
        try peer.connection.enqueueData([1], on: 1, endStream: true)
        expectAll(peer.connection, on: 1, .local(.protocolViolation, on: 1))
        peer.sent()
        // The peer has not ended the stream, which is half-closed.
        expectAll(peer.connection, on: 1, .local(.protocolViolation, on: 1))
        try peer.receive(FrameBuilder.data(1, endStream: true))
        expectAll(peer.connection, on: 1, .local(.streamClosed, .streamClosed, on: 1))
    }

    @Test("after trailers were queued")
    func afterTrailers() throws {
        let peer = try QueueingServer.peer()
        try peer.connection.enqueueData([1], on: 1)
        try peer.connection.enqueueTrailers(.sampleTrailers, on: 1)
        expectAll(peer.connection, on: 1, .local(.protocolViolation, on: 1))
        #expect(peer.outline() == ["1: 1", "1: headers end"])
    }

    @Test("other calls that send on the stream throw while data is queued")
    func otherCalls() throws {
        let peer = try QueueingServer.peer([1, 3])
        let server = peer.connection
        try server.enqueueData(QueueingServer.body(100_000), on: 1)
        for isPartlySent in [false, true] {
            if isPartlySent { peer.sent() }
            for call in DirectCall.allCases {
                expectMisuse(server, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
                    try call(server, 1)
                }
            }
            if !isPartlySent {
                expectMisuse(server, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
                    try server.sendData([1], on: 1)
                }
            }
        }
        // The windows of the connection are used up, so sendData on stream 3 throws its own error.
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 1_000))
        try server.sendData([1, 2, 3], on: 3, endStream: true)
        #expect(peer.outline() == ["3: 3 end"])
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 100_000))
        #expect(peer.outline() == ["1: 997"])
    }

    @Test("bodies whose length differs from content-length")
    func contentLength() throws {
        let peer = try Peer(.server)
        let server = peer.connection
        for id: UInt32 in [1, 3] {
            try peer.receive(
                FrameBuilder.headers(id, block: H2Headers.sampleRequest.block, endStream: true))
            try server.sendHeaders(
                [":status": "200", "content-length": "100000"], on: H2StreamID(id))
        }
        peer.sent()
        let piece = QueueingServer.body(60_000)
        func expectWrong(_ id: H2StreamID, _ call: () throws(H2Error) -> Void) {
            expectMisuse(server, .local(.invalidBodyLength, on: id), call)
        }
        expectWrong(1) { () throws(H2Error) in try server.enqueueData(piece, on: 1, endStream: true)
        }
        expectWrong(1) { () throws(H2Error) in
            try server.enqueueTrailers(.sampleTrailers, on: 1)
        }
        try server.enqueueData(piece, on: 1)
        expectWrong(1) { () throws(H2Error) in try server.enqueueData(piece, on: 1) }
        expectWrong(1) { () throws(H2Error) in
            try server.enqueueData([] as [UInt8], on: 1, endStream: true)
        }
        expectWrong(1) { () throws(H2Error) in
            try server.enqueueTrailers(.sampleTrailers, on: 1)
        }
        try server.enqueueData(piece[..<40_000], on: 1)
        expectWrong(1) { () throws(H2Error) in try server.enqueueData([1], on: 1) }
        try server.enqueueTrailers(.sampleTrailers, on: 1)
        try server.enqueueData(piece, on: 3)
        try server.enqueueData(piece[..<40_000], on: 3, endStream: true)
        #expect(server.queuedByteCount == 200_000)
    }

    @Test("a body where none is allowed", arguments: ["204", "304", "HEAD"])
    func noBody(_ what: String) throws {
        let peer = try Peer(.server)
        var request = H2Headers.sampleRequest
        if what == "HEAD" {
            request = [":method": "HEAD", ":scheme": "https", ":authority": "a", ":path": "/"]
        }
        try peer.receive(FrameBuilder.headers(1, block: request.block, endStream: true))
        try peer.connection.sendHeaders(
            what == "HEAD" ? .sampleResponse : H2Headers([(":status", what)]), on: 1)
        expectMisuse(peer.connection, .local(.invalidBodyLength, on: 1)) { () throws(H2Error) in
            try peer.connection.enqueueData([1], on: 1)
        }
        try peer.connection.enqueueData([] as [UInt8], on: 1, endStream: true)
        #expect(peer.connection.openInboundStreams == 0)
    }

    @Test("on a connection that has ended")
    func ended() throws {
        let closed = try QueueingServer.peer()
        try closed.connection.enqueueData([1], on: 1)
        try closed.connection.closeConnection()
        #expect(closed.connection.queuedByteCount == 0)
        let failed = try QueueingServer.peer()
        #expect(throws: H2Error.self) { try failed.receive(FrameBuilder.data(0)) }
        for connection in [closed.connection, failed.connection] {
            for call in Call.allCases {
                let error = failure { () throws(H2Error) in try call(connection, 1) }
                #expect(error?.kind == .protocolViolation)
            }
        }
        let lost = try QueueingServer.peer().connection
        _ = lost.connectionLost()
        for call in Call.allCases {
            let error = failure { () throws(H2Error) in try call(lost, 1) }
            #expect(error?.kind == .connectionClosed)
        }
    }

    @Test("late calls are ignored if lateCalls is .ignored")
    func lateCalls() throws {
        let peer = try QueueingServer.peer([1, 3], .server.with { $0.lateCalls = .ignored })
        let server = peer.connection
        try server.enqueueData([1], on: 1)
        try peer.receive(FrameBuilder.rstStream(1, code: 8))
        #expect(server.queuedByteCount == 0 && !server.hasDataToSend)
        for call in Call.allCases { try call(server, 1) }
        #expect(server.queuedByteCount == 0 && !server.hasDataToSend)
        try server.setSendPriority(.init(urgency: 1), on: 1)
        // This side's own reset is not a reason to ignore a call.
        try server.resetStream(3)
        peer.sent()
        expectAll(server, on: 3, .local(.streamClosed, .streamClosed, on: 3))
    }
}
