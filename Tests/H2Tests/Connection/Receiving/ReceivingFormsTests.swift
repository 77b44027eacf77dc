// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct ReceivingFormsTests {
    /// A server with stream 1 open, and empty output.
    private func server() throws -> H2Connection {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        peer.sent()
        return peer.connection
    }

    private static let wire =
        FrameBuilder.ping(1) + FrameBuilder.data(1, [UInt8](repeating: 7, count: 1_500))
        + FrameBuilder.headers(3, block: H2Headers.sampleRequest.block, endStream: true)
        + FrameBuilder.data(1, [8, 9], endStream: true, padLength: 4)

    private static let events: [H2Event] = [
        .pingReceived(.init(data: H2PingData(1))),
        .dataReceived(
            .init(
                streamID: 1, data: H2Bytes([UInt8](repeating: 7, count: 1_500)),
                flowControlledLength: 1_500)),
        .requestReceived(.init(streamID: 3, headers: .sampleRequest, endsStream: true)),
        .streamEnded(.init(streamID: 3)),
        .dataReceived(
            .init(streamID: 1, data: [8, 9], flowControlledLength: 7, endsStream: true)),
        .streamEnded(.init(streamID: 1)),
    ]

    /// A form of `receiveData`.
    enum Form: CaseIterable {
        case array, slice, span, pointer, arrayInto, sliceInto, spanInto, pointerInto

        var fillsArray: Bool {
            switch self {
            case .array, .slice, .span, .pointer: false
            case .arrayInto, .sliceInto, .spanInto, .pointerInto: true
            }
        }

        /// Receives the bytes and appends the events to an array.
        func receive(
            _ bytes: [UInt8], by connection: H2Connection, into events: inout [H2Event]
        ) throws {
            // Neither slices nor borrowed bytes start where their storage does.
            let wider = [1, 2, 3] + bytes + [4, 5]
            let range = 3..<3 + bytes.count
            switch self {
            case .array: events += try connection.receiveData(bytes)
            case .slice: events += try connection.receiveData(wider[range])
            case .span: events += try connection.receiveData(copying: wider.span.extracting(range))
            case .pointer:
                events += try unsafe wider.withUnsafeBytes {
                    try unsafe connection.receiveData(
                        copying: UnsafeRawBufferPointer(rebasing: $0[range]))
                }
            case .arrayInto: try connection.receiveData(bytes, into: &events)
            case .sliceInto: try connection.receiveData(wider[range], into: &events)
            case .spanInto:
                try connection.receiveData(copying: wider.span.extracting(range), into: &events)
            case .pointerInto:
                try unsafe wider.withUnsafeBytes {
                    try unsafe connection.receiveData(
                        copying: UnsafeRawBufferPointer(rebasing: $0[range]), into: &events)
                }
            }
        }
    }

    @Test("each form of receiveData returns the same events", arguments: Form.allCases, Cut.all)
    func sameEvents(_ form: Form, _ cut: Cut) throws {
        let connection = try server()
        let marker = H2Event.streamEnded(.init(streamID: 99))
        var events = [marker]
        for piece in cut.pieces(of: Self.wire) {
            try form.receive(piece, by: connection, into: &events)
        }
        #expect(events == [marker] + Self.events)
        #expect(connection.audit() == [])
    }

    @Test("empty input returns no events in any form", arguments: Form.allCases)
    func empty(_ form: Form) throws {
        let connection = try server()
        var events: [H2Event] = []
        try form.receive([], by: connection, into: &events)
        #expect(events == [])
        let none = try unsafe connection.receiveData(
            copying: UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(none == [])
    }

    @Test("events before an error are not lost", arguments: Form.allCases)
    func eventsBeforeError(_ form: Form) throws {
        let connection = try server()
        let bytes = Self.wire + FrameBuilder.windowUpdate(0, increment: 0) + FrameBuilder.ping(2)
        var events: [H2Event] = []
        let error = #expect(throws: H2Error.self) {
            try form.receive(bytes, by: connection, into: &events)
        }
        #expect(error?.facts == .remote(.protocolViolation))
        #expect(events == (form.fillsArray ? Self.events : []))
        #expect(error?.precedingEvents == (form.fillsArray ? [] : Self.events))
    }

    @Test(
        "after an error each call throws the same error, without events, and queues nothing",
        arguments: Form.allCases)
    func afterError(_ form: Form) throws {
        let connection = try server()
        var events: [H2Event] = []
        let first = #expect(throws: H2Error.self) {
            try form.receive(
                FrameBuilder.ping(1) + FrameBuilder.rstStream(0) + FrameBuilder.ping(2).dropLast(),
                by: connection, into: &events)
        }
        #expect(first?.origin == .remote)
        let queued = connection.outboundByteCount
        let inputs = [FrameBuilder.ping(3), [], Self.wire, FrameBuilder.goAway()]
        for other in Form.allCases {
            for input in inputs {
                var later: [H2Event] = []
                let again = #expect(throws: H2Error.self) {
                    try other.receive(input, by: connection, into: &later)
                }
                #expect(again?.precedingEvents == [])
                #expect(again?.facts == first?.facts)
                #expect(again?.description == first?.description)
                #expect(later == [])
            }
        }
        #expect(connection.outboundByteCount == queued)
        #expect(connection.heldByteCount == 0)
        let frames = WireReader.frames(in: connection.dataToSend())
        #expect(frames.last?.type == .goAway)
        #expect(frames.filter { $0.type == .goAway }.count == 1)
    }

    @Test("an error keeps the queued output and adds one GOAWAY")
    func queuedBefore() throws {
        let connection = try server()
        try connection.sendHeaders(.sampleResponse, on: 1)
        try connection.sendData([1, 2, 3], on: 1)
        _ = failure { () throws(H2Error) in
            _ = try connection.receiveData(FrameBuilder.ping(5) + FrameBuilder.rstStream(0))
        }
        let frames = WireReader.frames(in: connection.dataToSend())
        #expect(frames.map(\.type) == [.headers, .data, .ping, .goAway])
        #expect(frames.last?.lastStreamID == 1)
        #expect(frames.last?.debugData == [])
    }
}
