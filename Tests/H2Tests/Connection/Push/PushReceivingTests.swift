// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct PushReceivingTests {
    private static let block = H2Headers.sampleRequest.block
    private static let response = H2Headers.sampleResponse.block

    /// A client with stream 1 open, and empty output.
    private func client(
        cut: Cut = .whole, settings: H2Settings = [:], endStream: Bool = true
    ) throws -> Peer {
        var configuration = H2Configuration.client
        configuration.initialSettings = settings
        let peer = try Peer(configuration, cut: cut)
        try peer.connection.sendHeaders(.samplePost, on: 1, endStream: endStream)
        peer.sent()
        return peer
    }

    private func pushed(_ id: H2StreamID) -> H2Event {
        .pushedStreamReceived(
            .init(pushedStreamID: id, parentStreamID: 1, headers: .sampleRequest))
    }

    @Test("§8.4: a promised stream receives a response", arguments: Cut.all)
    func pushedResponse(cut: Cut) throws {
        let peer = try client(cut: cut)
        let promise = try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
        #expect(promise == [pushed(2)])
        // Reserved streams do not count as open, §5.1.2.
        #expect(peer.connection.openInboundStreams == 0)
        #expect(peer.connection.highestInboundStreamID == 2)
        let events = try peer.receive(
            FrameBuilder.headers(2, block: Self.response) + FrameBuilder.data(2, [1, 2]))
        #expect(
            events == [
                .responseReceived(.init(streamID: 2, headers: .sampleResponse)),
                .dataReceived(.init(streamID: 2, data: [1, 2], flowControlledLength: 2)),
            ])
        #expect(peer.connection.openInboundStreams == 1)
        try peer.connection.acknowledgeReceivedData(2, on: 2)
        let end = try peer.receive(
            FrameBuilder.headers(2, block: H2Headers.sampleTrailers.block, endStream: true))
        #expect(end.count == 2)
        #expect(peer.connection.openInboundStreams == 0)
        #expect(peer.sent() == [])
    }

    @Test(
        "§8.4: HEADERS and DATA cannot be sent on a promised stream", arguments: [false, true])
    func sendingOnPromised(_ hasResponse: Bool) throws {
        let peer = try client()
        try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
        if hasResponse { try peer.receive(FrameBuilder.headers(2, block: Self.response)) }
        let refusal = ErrorFacts.local(.protocolViolation, on: 2)
        expectMisuse(peer.connection, refusal) { () throws(H2Error) in
            try peer.connection.sendHeaders(.sampleRequest, on: 2)
        }
        expectMisuse(peer.connection, refusal) { () throws(H2Error) in
            try peer.connection.sendData([1], on: 2)
        }
        expectMisuse(peer.connection, refusal) { () throws(H2Error) in
            try peer.connection.endStream(2)
        }
        try peer.connection.incrementFlowControlWindow(by: 10, on: 2)
        try peer.connection.resetStream(2, errorCode: .cancel)
        #expect(peer.sent().map(\.type) == [.windowUpdate, .rstStream])
        // Late frames are ignored.
        let late = try peer.receive(FrameBuilder.headers(2, block: Self.response))
        #expect(late == [])
        #expect(peer.sent() == [])
    }

    @Test("§8.4: a promise on a stream that the client reset is refused", arguments: Cut.all)
    func parentWasReset(cut: Cut) throws {
        let peer = try client(cut: cut)
        try peer.connection.resetStream(1, errorCode: .cancel)
        peer.sent()
        for promised in [2, 4] as [UInt32] {
            let events = try peer.receive(
                FrameBuilder.pushPromise(1, promised: promised, block: Self.block))
            #expect(events == [])
            let frames = peer.sent()
            #expect(frames.map(\.streamID) == [promised])
            #expect(frames.map(\.errorCode) == [0x7])
        }
        let late = try peer.receive(FrameBuilder.headers(2, block: Self.response, endStream: true))
        #expect(late == [])
        #expect(peer.sent() == [])
        // A stream can be promised only once, even if the promise was refused.
        let again = peer.receiveResult(FrameBuilder.pushPromise(1, promised: 4, block: Self.block))
        #expect(again.error?.facts == .remote(.streamIDTooLow, on: 4))
    }

    @Test(
        "§6.6: a promise on a stream that ended, or that the peer reset, is a connection error",
        arguments: Cut.all)
    func parentIsClosed(cut: Cut) throws {
        for ending in [
            FrameBuilder.headers(1, block: Self.response, endStream: true),
            FrameBuilder.rstStream(1),
        ] {
            let peer = try client(cut: cut)
            try peer.receive(ending)
            let result = peer.receiveResult(
                FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
            #expect(result.error?.facts == .remote(.protocolViolation, on: 1))
        }
        let open = try client(cut: cut, endStream: false)
        try open.receive(FrameBuilder.headers(1, block: Self.response, endStream: true))
        let result = open.receiveResult(FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
        #expect(result.error?.facts == .remote(.protocolViolation, on: 1))
    }

    @Test("§6.6: promises on idle or pushed streams are connection errors", arguments: Cut.all)
    func wrongParent(cut: Cut) throws {
        let cases: [(parent: UInt32, kind: H2Error.Kind)] = [
            (3, .protocolViolation), (2, .protocolViolation), (4, .protocolViolation),
        ]
        for (parent, kind) in cases {
            let peer = try client(cut: cut)
            try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
            let result = peer.receiveResult(
                FrameBuilder.pushPromise(parent, promised: 6, block: Self.block))
            #expect(result.error?.kind == kind, "parent \(parent)")
            #expect(result.error?.errorCode == .protocolError)
            #expect(peer.sent().map(\.errorCode) == [0x1])
        }
    }

    @Test("§5.1.1: a promised stream is even, new and not 0", arguments: Cut.all)
    func wrongPromised(cut: Cut) throws {
        let cases: [(promised: UInt32, kind: H2Error.Kind)] = [
            (0, .protocolViolation), (3, .protocolViolation), (2, .streamIDTooLow),
            (4, .streamIDTooLow), (0x7fff_ffff, .protocolViolation),
        ]
        for (promised, kind) in cases {
            let peer = try client(cut: cut)
            try peer.receive(FrameBuilder.pushPromise(1, promised: 4, block: Self.block))
            let result = peer.receiveResult(
                FrameBuilder.pushPromise(1, promised: promised, block: Self.block))
            #expect(result.error?.kind == kind, "promised \(promised)")
        }
        let peer = try client(cut: cut)
        let highest = try peer.receive(
            FrameBuilder.pushPromise(1, promised: 0x7fff_fffe, block: Self.block))
        #expect(highest == [pushed(0x7fff_fffe)])
    }

    @Test("§8.4: a client cannot push", arguments: Cut.all)
    func promiseToServer(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        let result = peer.receiveResult(FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
        #expect(result.error?.kind == .protocolViolation)
        #expect(result.error?.errorCode == .protocolError)
        #expect(peer.sent().map(\.errorCode) == [0x1])
    }

    @Test("§6.5.2: ENABLE_PUSH 0 refuses promises; once acknowledged, they are connection errors")
    func pushDisabled() throws {
        for cut in Cut.all {
            let peer = try client(cut: cut)
            try peer.connection.updateSettings([.enablePush: 0])
            peer.sent()
            let events = try peer.receive(
                FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
            #expect(events == [])
            #expect(peer.sent().map(\.errorCode) == [0x7])
            try peer.receive(FrameBuilder.settingsAck())
            let result = peer.receiveResult(
                FrameBuilder.pushPromise(1, promised: 4, block: Self.block))
            #expect(result.error?.kind == .protocolViolation)
            #expect(result.error?.errorCode == .protocolError)
        }
        let never = try client(settings: [.enablePush: 0])
        let result = never.receiveResult(
            FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
        #expect(result.error?.errorCode == .protocolError)
    }

    @Test("the 201st promise without a response is refused", arguments: [Cut.whole, .every(7)])
    func tooManyReserved(cut: Cut) throws {
        let peer = try client(cut: cut)
        var id: UInt32 = 0
        func promise() throws -> [H2Event] {
            id += 2
            return try peer.receive(FrameBuilder.pushPromise(1, promised: id, block: Self.block))
        }
        for _ in 0..<200 {
            let events = try promise()
            #expect(events == [pushed(H2StreamID(id))])
        }
        #expect(peer.sent() == [])
        #expect(try promise() == [])
        let refused = peer.sent()
        #expect(refused.map(\.streamID) == [402])
        #expect(refused.map(\.errorCode) == [0x7])
        // A response, or a reset from either side, makes room.
        try peer.receive(
            FrameBuilder.headers(2, block: Self.response, endStream: true)
                + FrameBuilder.rstStream(4))
        try peer.connection.resetStream(6)
        peer.sent()
        for _ in 0..<3 { #expect(try promise().count == 1) }
        #expect(try promise() == [])
        #expect(peer.sent().map(\.errorCode) == [0x7])
    }

    @Test(
        "§5.1: only HEADERS, RST_STREAM and PRIORITY may arrive on a reserved stream",
        arguments: Cut.all)
    func framesOnReserved(cut: Cut) throws {
        for bytes in [
            FrameBuilder.data(2, [1]), FrameBuilder.windowUpdate(2, increment: 1),
            FrameBuilder.headers(2, [":status": "103"]),
        ] {
            let peer = try client(cut: cut)
            try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
            let result = peer.receiveResult(bytes)
            #expect(result.error?.facts == .remote(.protocolViolation, on: 2))
        }
        let peer = try client(cut: cut)
        try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: Self.block))
        let events = try peer.receive(FrameBuilder.priority(2) + FrameBuilder.rstStream(2, code: 8))
        #expect(
            events == [
                .priorityUpdated(.init(streamID: 2, priority: H2Priority())),
                .streamReset(.init(streamID: 2, errorCode: .cancel, isRemote: true)),
            ])
    }
}
