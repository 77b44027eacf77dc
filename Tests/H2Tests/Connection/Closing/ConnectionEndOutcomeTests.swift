// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The outcomes of streams that end with the connection, and pending events.
@Suite struct ConnectionEndOutcomeTests {
    private static let block = H2Headers.sampleRequest.block
    /// DATA on stream 0.
    private static let violation = FrameBuilder.data(0, [1])

    // MARK: Errors

    @Test("a connection error cuts off all open streams, before the error", arguments: Cut.all)
    func error(cut: Cut) throws {
        for role in [H2Configuration.Role.client, .server] {
            var configuration = H2Configuration(role)
            configuration.reportsStreamOutcomes = true
            let peer = try Peer(configuration, cut: cut, policies: .asConfigured)
            try peer.open(1, 3, 5)
            try peer.reserve()
            try peer.connection.resetStream(3, errorCode: .cancel)
            let result = peer.receiveResult(FrameBuilder.ping(1) + Self.violation)
            #expect(result.error?.errorCode == .protocolError)
            #expect(
                result.events == [
                    .closed(3, .reset(.cancel, isRemote: false)),
                    .pingReceived(.init(data: H2PingData(1))),
                    .closed(1, .cutOff), .closed(2, .cutOff), .closed(5, .cutOff),
                ])
            #expect(peer.sent().last?.type == .goAway)
            // Once.
            #expect(peer.receiveResult([0]).events == [] && !peer.connection.hasEvents)
            #expect(peer.connection.connectionLost() == [])
        }
    }

    /// The stream of an incomplete request or promise is neither open nor reserved.
    @Test("an error within a field block cuts off the streams that are open")
    func errorWithinBlock() throws {
        let starts: [(role: H2Configuration.Role, frames: [UInt8], id: UInt32)] = [
            (.server, FrameBuilder.headers(3, block: Self.block, endHeaders: false), 3),
            (.server, FrameBuilder.headers(1, block: [0x40], endHeaders: false), 1),
            (.client, FrameBuilder.headers(1, block: [0x88], endHeaders: false), 1),
            (
                .client,
                FrameBuilder.pushPromise(1, promised: 2, block: Self.block, endHeaders: false), 1
            ),
        ]
        for (role, frames, id) in starts {
            for end in [
                FrameBuilder.ping(), FrameBuilder.continuation(id + 2, block: []),
                FrameBuilder.continuation(id, block: [0xff, 0xff, 0x7f]),
            ] {
                let peer = try Peer.reporting(role)
                try peer.open(1)
                #expect(try peer.receive(frames) == [])
                let result = peer.receiveResult(end)
                #expect(result.error != nil && result.events == .closed(.cutOff, 1))
            }
            let lost = try Peer.reporting(role)
            try lost.open(1)
            try lost.receive(frames)
            #expect(lost.connection.connectionLost() == .closed(.cutOff, 1))
        }
    }

    @Test("a surplus response whose block cannot be decoded has one outcome, of its reset")
    func errorWithinSurplus() throws {
        let peer = try Peer.reporting(.client) { $0.initialSettings[.maxConcurrentStreams] = 0 }
        try peer.open(1)
        try peer.reserve()
        let reset: [H2Event] = [
            .reset(2, .refusedStream, isRemote: false),
            .closed(2, .reset(.refusedStream, isRemote: false)),
        ]
        let result = peer.receiveResult(FrameBuilder.headers(2, block: [0xff, 0xff, 0x7f]))
        #expect(result.error?.errorCode == .compressionError)
        #expect(result.events == reset + .closed(.cutOff, 1))
    }

    @Test("an invalid client preface cuts off the stream of an upgrade")
    func preface() throws {
        var configuration = H2Configuration.server
        configuration.reportsStreamOutcomes = true
        let server = H2Connection(configuration)
        try server.initiateUpgradeConnection(settingsHeader: nil)
        let error = failure { () throws(H2Error) in
            _ = try server.receiveData(Array("GET / HTTP/1.1\r\n".utf8))
        }
        #expect(error?.precedingEvents == .closed(.cutOff, 1))
        #expect(server.connectionLost() == [])
    }

    @Test("closeConnection cuts off all open streams; takeEvents returns them")
    func close() throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try Peer.reporting(role)
            try peer.open(1, 3)
            try peer.reserve()
            try peer.connection.closeConnection(lastStreamID: 0)
            #expect(peer.connection.takeEvents() == .closed(.cutOff, 1, 2, 3))
            try peer.connection.closeConnection(errorCode: .internalError, lastStreamID: 0)
            #expect(try peer.receive(FrameBuilder.rstStream(1) + Self.violation) == [])
            #expect(peer.connection.connectionLost() == [])
        }
    }

    // MARK: Pending events

    /// Bytes that a connection receives after a call that caused an event, and what they cause.
    private static let received: [(bytes: [UInt8], events: [H2Event], isError: Bool)] = [
        ([], [], false),
        ([0], [], false),
        (FrameBuilder.ping(1), [.pingReceived(.init(data: H2PingData(1)))], false),
        (
            FrameBuilder.rstStream(3, code: 8),
            [.reset(3, .cancel, isRemote: true), .closed(3, .reset(.cancel, isRemote: true))],
            false
        ),
        (
            FrameBuilder.ping(1) + violation,
            [.pingReceived(.init(data: H2PingData(1))), .closed(3, .cutOff)], true
        ),
        (violation, [.closed(3, .cutOff)], true),
    ]

    @Test(
        "each form of receiveData returns pending events first, also before an error",
        arguments: ReceivingFormsTests.Form.allCases)
    func forms(form: ReceivingFormsTests.Form) throws {
        for role in [H2Configuration.Role.client, .server] {
            for (bytes, expected, isError) in Self.received {
                let peer = try Peer.reporting(role)
                try peer.open(1, 3)
                try peer.connection.resetStream(1, errorCode: .cancel)
                let marker = H2Event.streamEnded(.init(streamID: 99))
                var events = [marker]
                do {
                    try form.receive(bytes, by: peer.connection, into: &events)
                    #expect(!isError)
                } catch let error as H2Error {
                    #expect(isError && error.precedingEvents.isEmpty == form.fillsArray)
                    events += error.precedingEvents
                }
                #expect(
                    events == [marker] + .closed(.reset(.cancel, isRemote: false), 1) + expected)
                #expect(!peer.connection.hasEvents && peer.connection.takeEvents() == [])
            }
        }
    }

    @Test("receiving borrowed bytes returns pending events first; payloads refer to their events")
    func borrowing() throws {
        let peer = try Peer.reporting(.server)
        try peer.open(1, 3)
        try peer.connection.resetStream(3, errorCode: .cancel)
        var events: [H2Event] = []
        var payloads: [BorrowedPayload] = []
        let frames = FrameBuilder.data(1, [1, 2, 3]) + Self.violation
        let error = thrownError {
            try unsafe frames.withUnsafeBytes { bytes in
                try unsafe peer.connection.receiveData(
                    borrowing: bytes, into: &events, &payloads)
            }
        }
        #expect(error != nil)
        #expect(
            events == [
                .closed(3, .reset(.cancel, isRemote: false)),
                .dataReceived(.init(streamID: 1, data: [], flowControlledLength: 3)),
                .closed(1, .cutOff),
            ])
        #expect(payloads.map(\.event) == [1] && payloads.first?.range == 9..<12)
    }

    @Test("pending events are returned after the end of the connection, once")
    func afterEnd() throws {
        let ends: [(name: String, end: (Peer) throws -> Void)] = [
            ("closeConnection", { try $0.connection.closeConnection() }),
            ("an error", { peer in #expect(peer.receiveResult(Self.violation).error != nil) }),
        ]
        for isReceiving in [true, false] {
            let peer = try Peer.reporting(.client)
            try peer.open(1, 3)
            try peer.connection.resetStream(1, errorCode: .cancel)
            try peer.connection.closeConnection()
            let expected: [H2Event] = [
                .closed(1, .reset(.cancel, isRemote: false)), .closed(3, .cutOff),
            ]
            let events = isReceiving ? try peer.receive([]) : peer.connection.connectionLost()
            #expect(events == expected && !peer.connection.hasEvents)
        }
        for (name, end) in ends {
            let peer = try Peer.reporting(.client)
            try peer.open(1)
            try end(peer)
            #expect(peer.connection.takeEvents().count == (name == "an error" ? 0 : 1))
            #expect(peer.connection.takeEvents() == [])
        }
    }

    @Test("events that calls cause keep their order")
    func order() throws {
        let peer = try Peer.reporting(.server)
        try peer.open(1, 3, 5, endStream: true)
        try peer.connection.resetStream(5, errorCode: .cancel)
        try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        try peer.connection.resetStream(3, errorCode: .internalError)
        #expect(
            peer.connection.takeEvents() == [
                .closed(5, .reset(.cancel, isRemote: false)), .closed(1, .completed),
                .closed(3, .reset(.internalError, isRemote: false)),
            ])
    }

    @Test("without reportsStreamOutcomes, no call and no frame causes an outcome")
    func off() throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try Peer.reporting(role) { $0.reportsStreamOutcomes = false }
            try peer.open(1, 3, 5, 7)
            try peer.connection.resetStream(1, errorCode: .cancel)
            #expect(!peer.connection.hasEvents)
            #expect(
                try peer.receive(FrameBuilder.rstStream(3, code: 7))
                    == [
                        .streamReset(
                            .init(
                                streamID: 3, errorCode: .refusedStream, isRemote: true,
                                isSafeToRetry: role == .client))
                    ])
            #expect(
                try peer.receive(FrameBuilder.settings([(4, 0)]) + FrameBuilder.settings([(4, 9)]))
                    .count == 2)
            let result = peer.receiveResult(Self.violation)
            #expect(result.error != nil && result.events == [])
            #expect(peer.connection.takeEvents() == [] && peer.connection.connectionLost() == [])
        }
    }
}
