// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `connectionLost` ends a connection whose transport ended, and reports which requests the peer
/// never received.
@Suite struct ConnectionLostTests {
    /// A request whose section needs CONTINUATION.
    private static let large: H2Headers =
        .sampleRequest
        + H2Headers((0..<20).map { H2Header("x-\($0)", String(repeating: "~", count: 1_000)) })

    private func client(_ change: (inout H2Configuration) -> Void = { _ in }) throws -> H2Connection
    {
        try Peer.reporting(.client, change).connection
    }

    // MARK: Output

    @Test("a request was not processed unless its HEADERS and CONTINUATION were taken as a whole")
    func takenInPart() throws {
        for headers in [H2Headers.sampleRequest, .samplePost, Self.large] {
            let whole = try client()
            try whole.sendHeaders(headers, on: 1)
            let size = whole.outboundByteCount
            if headers == Self.large {
                #expect(WireReader.frames(in: whole.dataToSend()).count > 1)
            }
            for count in [0, 1, 9, size / 2, 9 + 16_384, size - 1, size] where count <= size {
                let client = try client()
                try client.sendHeaders(headers, on: 1)
                #expect(client.dataToSend(upTo: count).count == count)
                #expect(
                    client.connectionLost()
                        == .closed(count < size ? .notProcessed : .cutOff, 1), "\(count)")
                #expect(!client.hasDataToSend)
            }
        }
    }

    @Test("a request that follows others in the output was not processed, whatever its body")
    func queued() throws {
        let client = try client()
        try client.sendHeaders(.samplePost, on: 1)
        let first = client.outboundByteCount
        try client.sendData([UInt8](repeating: 0, count: 5_000), on: 1)
        try client.sendHeaders(.sampleRequest, on: 3, priority: H2Priority(weight: 9))
        try client.sendData([1], on: 1, endStream: true)
        try client.sendHeaders(.sampleRequest, on: 5, endStream: true)
        try client.sendHeaders(.sampleRequest, on: 7)
        try client.resetStream(7, errorCode: .cancel)
        _ = client.dataToSend(upTo: first)
        #expect(
            client.connectionLost() == [
                .closed(7, .reset(.cancel, isRemote: false)), .closed(1, .cutOff),
                .closed(3, .notProcessed), .closed(5, .notProcessed),
            ])
    }

    @Test("the preface counts as output before the first request")
    func preface() throws {
        var configuration = H2Configuration.client
        configuration.reportsStreamOutcomes = true
        for isTaken in [false, true] {
            let client = H2Connection(configuration)
            try client.initiateConnection()
            let preface = client.outboundByteCount
            try client.sendHeaders(.sampleRequest, on: 1)
            _ = client.dataToSend(upTo: isTaken ? .max : preface)
            #expect(client.connectionLost() == .closed(isTaken ? .cutOff : .notProcessed, 1))
        }
    }

    @Test("streams of the peer, promises and responses in the output are cut off")
    func otherStreams() throws {
        let server = try Peer.reporting(.server)
        try server.open(1, 3, endStream: true)
        try server.connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        try server.connection.sendHeaders(.sampleResponse, on: 3, endStream: true)
        #expect(
            server.connection.connectionLost() == [.closed(3, .completed)]
                + .closed(.cutOff, 1, 2))
        let client = try Peer.reporting(.client)
        try client.open(1)
        try client.reserve()
        #expect(client.connection.connectionLost() == .closed(.cutOff, 1, 2))
    }

    // MARK: Borrowed output

    private struct Failure: Error {}

    /// The two ways to borrow the output.
    static let borrows: [@Sendable (H2Connection, () throws -> Int) throws -> Int] = [
        { connection, body in try connection.withDataToSend { _ in try body() } },
        { connection, body in try unsafe connection.withSegmentsToSend { _ in try body() } },
    ]

    @Test("borrowed output may have been sent when the transport ends", arguments: 0..<2)
    func lostWhileBorrowed(form: Int) throws {
        let client = try client()
        try client.sendHeaders(.sampleRequest, on: 1)
        let size = client.outboundByteCount
        var events: [H2Event] = []
        let removed = try Self.borrows[form](client) {
            try client.sendHeaders(.sampleRequest, on: 3)
            events = client.connectionLost()
            return size
        }
        #expect(events == [.closed(1, .cutOff), .closed(3, .notProcessed)])
        #expect(removed == size && !client.hasDataToSend)
        #expect(client.connectionLost() == [])
    }

    @Test("borrowed output that was put back was not sent", arguments: 0..<2)
    func putBack(form: Int) throws {
        for isThrown in [true, false] {
            for count in [0, 10] {
                let client = try client()
                try client.sendHeaders(.sampleRequest, on: 1)
                let size = client.outboundByteCount
                try client.sendHeaders(.sampleRequest, on: 3)
                _ = try? Self.borrows[form](client) {
                    if isThrown { throw Failure() }
                    return size + count
                }
                #expect(
                    client.connectionLost() == [
                        .closed(1, isThrown ? .notProcessed : .cutOff), .closed(3, .notProcessed),
                    ])
            }
        }
    }

    /// Opening a stream forgot the requests in the borrowed output, as if they had been sent.
    @Test("a borrowed request that was put back was not sent, even if another was opened before")
    func openedWhileBorrowed() throws {
        for borrow in Self.borrows {
            for isThrown in [true, false] {
                let client = try client()
                try client.sendHeaders(.sampleRequest, on: 1)
                _ = try? borrow(client) {
                    try client.sendHeaders(.sampleRequest, on: 3)
                    if isThrown { throw Failure() }
                    return 0
                }
                #expect(client.connectionLost() == .closed(.notProcessed, 1, 3))
            }
        }
    }

    @Test("output that the C form drops was sent")
    func dropped() throws {
        let client = try client()
        try client.sendHeaders(.sampleRequest, on: 1)
        let size = client.outboundByteCount
        try client.sendHeaders(.sampleRequest, on: 3)
        #expect(unsafe client.borrowedOutput.count > size)
        #expect(client.dropOutput(size))
        #expect(client.connectionLost() == [.closed(1, .cutOff), .closed(3, .notProcessed)])
    }

    // MARK: Discarded output

    /// The ways in which a connection ends after its output was discarded.
    static let ends: [@Sendable (H2Connection) throws -> [H2Event]] = [
        { $0.connectionLost() },
        { connection in
            try connection.closeConnection()
            return connection.takeEvents()
        },
        { connection in
            failure { () throws(H2Error) in
                _ = try connection.receiveData(FrameBuilder.data(0))
            }?.precedingEvents ?? []
        },
        { connection in
            try connection.receiveData(FrameBuilder.goAway(last: 0x7fff_ffff)).filter {
                $0.streamID != nil
            }
        },
    ]

    @Test("a request in discarded output was not processed, however the connection ends")
    func discarded() throws {
        for end in Self.ends {
            let client = try client { $0.goAway = .closeAtOnce }
            try client.sendHeaders(.sampleRequest, on: 1)
            _ = client.dataToSend()
            try client.sendHeaders(.sampleRequest, on: 3)
            _ = client.dataToSend(upTo: 1)
            try client.sendHeaders(.sampleRequest, on: 5)
            client.clearOutboundDataBuffer()
            client.clearOutboundDataBuffer()
            #expect(!client.hasEvents)
            try client.sendHeaders(.sampleRequest, on: 7)
            _ = client.dataToSend()
            #expect(
                try end(client) == [
                    .closed(1, .cutOff), .closed(3, .notProcessed), .closed(5, .notProcessed),
                    .closed(7, .cutOff),
                ])
            #expect(client.connectionLost() == [])
        }
    }

    @Test("output that is discarded while it is borrowed may have been sent", arguments: 0..<2)
    func discardedWhileBorrowed(form: Int) throws {
        let client = try client()
        try client.sendHeaders(.sampleRequest, on: 1)
        _ = try Self.borrows[form](client) {
            try client.sendHeaders(.sampleRequest, on: 3)
            client.clearOutboundDataBuffer()
            return 0
        }
        #expect(!client.hasDataToSend)
        #expect(client.connectionLost() == [.closed(1, .cutOff), .closed(3, .notProcessed)])
    }

    /// The identifiers of discarded requests were kept until the end of the connection.
    @Test(
        "discarding output again and again needs no more memory",
        .enabled(if: Allocations.canBeCounted))
    func discardedOften() throws {
        let client = try client()
        func run(_ count: Int) throws {
            for _ in 0..<count {
                let id = try client.nextAvailableStreamID()
                try client.sendHeaders(.sampleRequest, on: id)
                client.clearOutboundDataBuffer()
                try client.resetStream(id, errorCode: .cancel)
                _ = client.takeEvents()
            }
        }
        // Until the ends of 65,536 streams are remembered.
        try client.sendHeaders(.sampleRequest, on: 131_071)
        try client.resetStream(131_071)
        try run(200)
        let meter = MemoryMeter()
        try meter.measure { try run(5_000) }
        #expect(meter.held < 2_000, "\(meter.held)")
        try client.sendHeaders(.sampleRequest, on: client.nextAvailableStreamID())
        client.clearOutboundDataBuffer()
        try run(200)
        #expect(client.connectionLost().outcomes.map(\.outcome) == [.notProcessed])
    }

    // MARK: States

    @Test("connectionLost works in every state, and its second call returns nothing")
    func states() throws {
        for reports in [true, false] {
            for role in [H2Configuration.Role.client, .server] {
                var configuration = H2Configuration(role)
                configuration.reportsStreamOutcomes = reports
                let created = H2Connection(configuration)
                #expect(created.connectionLost() == [] && created.connectionLost() == [])
                #expect(failure(of: created.initiateConnection)?.kind == .connectionClosed)
                let started = H2Connection(configuration)
                try started.initiateConnection()
                #expect(started.connectionLost() == [] && !started.hasDataToSend)
                let open = try Peer.reporting(role) { $0.reportsStreamOutcomes = reports }
                try open.open(1)
                // An incomplete frame.
                try open.receive([0, 0, 8])
                #expect(open.connection.connectionLost() == (reports ? .closed(.cutOff, 1) : []))
                #expect(open.connection.connectionLost() == [])
                #expect(open.connection.connectionState == .closed)
                #expect(open.connection.memory.input < 1_024)
            }
        }
    }
}
