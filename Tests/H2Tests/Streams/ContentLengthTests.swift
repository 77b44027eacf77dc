// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `content-length`, compared with the length of the body, RFC 9113 §8.1.1.
@Suite struct ContentLengthTests {
    static let roles: [H2Configuration.Role] = [.client, .server]

    /// Where the message ends.
    enum End: CaseIterable, Sendable {
        case headers, data, emptyData, trailers
    }

    /// A message that the connection receives on stream 1.
    struct Message: Sendable {
        var lengths: [String]
        /// The number of bytes of each DATA frame.
        var body: [Int] = []
        var end: End
        var status = "200"
        var method = "GET"

        func bytes(to role: H2Configuration.Role) -> [UInt8] {
            var fields: [(String, String)] =
                role == .client
                ? [(":status", status)]
                : [
                    (":method", "POST"), (":scheme", "https"), (":authority", "example.com"),
                    (":path", "/"),
                ]
            fields += lengths.map { ("content-length", $0) }
            var bytes = FrameBuilder.headers(
                1, block: HPACKEncoder.block(fields), endStream: end == .headers)
            for (index, count) in body.enumerated() {
                bytes += FrameBuilder.data(
                    1, [UInt8](repeating: 1, count: count),
                    endStream: end == .data && index == body.count - 1,
                    padLength: index == 0 ? 3 : nil)
            }
            if end == .emptyData { bytes += FrameBuilder.data(1, endStream: true) }
            if end == .trailers {
                bytes += FrameBuilder.headers(
                    1, block: H2Headers.sampleTrailers.block, endStream: true)
            }
            return bytes
        }
    }

    /// A connection that expects a message on stream 1.
    private func peer(
        _ role: H2Configuration.Role, method: String = "GET",
        _ policy: H2Configuration.MalformedMessagePolicy = .connectionError
    ) throws -> Peer {
        var configuration = H2Configuration(role)
        configuration.malformedMessages = policy
        let peer = try Peer(configuration, policies: .asConfigured)
        if role == .client {
            var headers = H2Headers.sampleRequest
            headers.replaceSubrange(0..<1, with: [H2Header(":method", method)])
            try peer.connection.sendHeaders(headers, on: 1, endStream: true)
            _ = peer.sent()
        }
        return peer
    }

    private func receive(_ message: Message, _ role: H2Configuration.Role) throws -> H2Error? {
        let peer = try peer(role, method: message.method)
        let result = peer.receiveResult(message.bytes(to: role))
        let last = result.events.last
        let isEnded = last == .streamEnded(.init(streamID: 1))
        #expect((result.error == nil) == isEnded, "\(message)")
        let codes = peer.sent().compactMap(\.errorCode)
        #expect(codes == (result.error == nil ? [] : [0x1]), "\(message)")
        return result.error
    }

    /// Messages whose body has the announced length, or that announce none.
    static let right: [Message] = [
        Message(lengths: [], end: .headers),
        Message(lengths: [], body: [5, 6], end: .data),
        Message(lengths: [], body: [5], end: .trailers),
        Message(lengths: ["0"], end: .headers),
        Message(lengths: ["0"], end: .emptyData),
        Message(lengths: ["0"], body: [0, 0], end: .trailers),
        Message(lengths: ["11"], body: [11], end: .data),
        Message(lengths: ["11"], body: [5, 6], end: .data),
        Message(lengths: ["11"], body: [5, 0, 6], end: .emptyData),
        Message(lengths: ["11"], body: [11], end: .trailers),
        Message(lengths: ["0011"], body: [11], end: .data),
        Message(lengths: ["11", "11"], body: [11], end: .data),
        Message(lengths: ["11", "011"], body: [11], end: .data),
    ]

    @Test(
        "§8.1.1: a body with the announced length is accepted, however it ends", arguments: roles,
        right)
    func rightLength(role: H2Configuration.Role, message: Message) throws {
        #expect(try receive(message, role) == nil)
    }

    /// Messages whose body has another length than announced, with `expected` and `actual` of the
    /// error.
    static let wrong: [(Message, Int, Int)] = [
        (Message(lengths: ["1"], end: .headers), 1, 0),
        (Message(lengths: ["15"], end: .emptyData), 15, 0),
        (Message(lengths: ["15"], body: [13], end: .data), 15, 13),
        (Message(lengths: ["15"], body: [13], end: .emptyData), 15, 13),
        (Message(lengths: ["15"], body: [13], end: .trailers), 15, 13),
        (Message(lengths: ["15"], end: .trailers), 15, 0),
        (Message(lengths: ["15"], body: [16], end: .data), 15, 16),
        (Message(lengths: ["15"], body: [10, 6], end: .trailers), 15, 16),
        (Message(lengths: ["0"], body: [1], end: .data), 0, 1),
        (Message(lengths: ["15", "15"], body: [14], end: .data), 15, 14),
    ]

    @Test(
        "§8.1.1: a body with another length is malformed, wherever it ends", arguments: roles,
        wrong.indices)
    func wrongLength(role: H2Configuration.Role, index: Int) throws {
        let (message, expected, actual) = Self.wrong[index]
        let error = try receive(message, role)
        #expect(error?.facts == .remote(.invalidBodyLength, .protocolError, on: 1))
        #expect(error?.expected == expected && error?.actual == actual)
    }

    @Test(
        "a body that is too long is refused at the first frame beyond its length", arguments: roles)
    func tooLongAtOnce(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        let message = Message(lengths: ["15"], body: [10, 6, 100], end: .data)
        let result = peer.receiveResult(message.bytes(to: role))
        #expect(result.error?.kind == .invalidBodyLength && result.error?.actual == 16)
        // The header section and the first 10 bytes.
        #expect(result.events.count == 2)
    }

    @Test("padding is not part of the body", arguments: roles)
    func padding(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        var message = Message(lengths: ["4"], end: .headers).bytes(to: role)
        message[4] &= ~0x1
        try peer.receive(message + FrameBuilder.data(1, [1, 2], padLength: 200))
        let events = try peer.receive(FrameBuilder.data(1, [3, 4], endStream: true, padLength: 0))
        #expect(events.last == .streamEnded(.init(streamID: 1)))
    }

    @Test(
        "RFC 9110 §8.6: a value that is not only digits is malformed", arguments: roles,
        [
            "", "+5", "-5", " 5", "5 ", "5,5", "5, 5", "0x5", "1_0", "5.0", "five", "٥",
            "18446744073709551616a",
        ])
    func notANumber(role: H2Configuration.Role, value: String) throws {
        let error = try receive(Message(lengths: [value], body: [5], end: .data), role)
        #expect(error?.facts == .remote(.protocolViolation, .protocolError, on: 1))
    }

    @Test(
        "RFC 9110 §8.6: two different values are malformed", arguments: roles,
        [["5", "6"], ["5", "5", "4"], ["5", "x"]])
    func conflict(role: H2Configuration.Role, values: [String]) throws {
        let error = try receive(Message(lengths: values, body: [5], end: .data), role)
        #expect(error?.facts == .remote(.protocolViolation, .protocolError, on: 1))
    }

    @Test(
        "a number beyond 64 bits is valid, and compared with the body", arguments: roles,
        [
            "9223372036854775807", "9223372036854775808", "18446744073709551615",
            "18446744073709551616", "99999999999999999999999999999999999999999",
        ])
    func huge(role: H2Configuration.Role, value: String) throws {
        let error = try receive(Message(lengths: [value], body: [5], end: .data), role)
        #expect(error?.facts == .remote(.invalidBodyLength, .protocolError, on: 1))
        #expect(error?.actual == 5)
    }

    @Test("RFC 9110 §9.3.2: a response to HEAD has no body, whatever it announces")
    func head() throws {
        for lengths in [["0"], ["14"], ["14", "14"], []] {
            for end in End.allCases where end != .data {
                let message = Message(lengths: lengths, end: end, method: "HEAD")
                #expect(try receive(message, .client) == nil)
            }
            let message = Message(lengths: lengths, body: [14], end: .data, method: "HEAD")
            #expect(try receive(message, .client)?.kind == .invalidBodyLength)
        }
    }

    @Test(
        "RFC 9110 §6.4.1: 204 and 304 may announce a body that they do not have",
        arguments: ["204", "304"])
    func noContent(status: String) throws {
        for lengths in [["0"], ["14"], []] {
            let message = Message(lengths: lengths, end: .headers, status: status)
            #expect(try receive(message, .client) == nil)
        }
        let malformed = Message(lengths: ["x"], end: .headers, status: status)
        #expect(try receive(malformed, .client)?.kind == .protocolViolation)
    }

    @Test("content-length of a 1xx response does not apply to the final response")
    func informational() throws {
        let peer = try peer(.client)
        let early = HPACKEncoder.block([(":status", "103"), ("content-length", "7")])
        try peer.receive(FrameBuilder.headers(1, block: early))
        let events = try peer.receive(
            Message(lengths: ["5"], body: [5], end: .data).bytes(to: .client))
        #expect(events.last == .streamEnded(.init(streamID: 1)))
    }

    @Test("content-length in trailers is not compared with the body", arguments: roles)
    func trailers(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        var bytes = Message(lengths: ["5"], body: [5], end: .headers).bytes(to: role)
        bytes[4] &= ~0x1
        let block = HPACKEncoder.block([("content-length", "9")])
        try peer.receive(bytes)
        let events = try peer.receive(FrameBuilder.headers(1, block: block, endStream: true))
        #expect(events.last == .streamEnded(.init(streamID: 1)))
    }

    @Test("each stream counts its own body")
    func streams() throws {
        let peer = try peer(.server)
        func headers(_ id: UInt32, _ length: Int) -> [UInt8] {
            let fields = [":method": "POST", ":scheme": "https", ":authority": "a", ":path": "/"]
                .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            return FrameBuilder.headers(
                id, block: HPACKEncoder.block(fields + [("content-length", "\(length)")]))
        }
        try peer.receive(
            headers(1, 3) + headers(3, 4) + FrameBuilder.data(3, [1, 2]) + FrameBuilder.data(1, [1])
                + FrameBuilder.data(3, [3, 4], endStream: true)
                + FrameBuilder.data(1, [2, 3], endStream: true))
        #expect(peer.connection.connectionState == .open)
    }
}
