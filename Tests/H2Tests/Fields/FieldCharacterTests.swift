// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The characters allowed in names and values, RFC 9113 §8.2.1, for each byte and position.
@Suite struct FieldCharacterTests {
    /// Lengths just below, at and above those of the vectors that the characters are compared in.
    private static let lengths = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65]

    /// §8.2.1: "A field name MUST NOT contain characters in the ranges 0x00-0x20, 0x41-0x5a, or
    /// 0x7f-0xff", nor a colon.
    private static func mayBeInName(_ byte: UInt8) -> Bool {
        !(byte <= 0x20 || 0x41...0x5a ~= byte || byte >= 0x7f || byte == 0x3a)
    }

    /// §8.2.1: no NUL, LF or CR; "MUST NOT start or end with an ASCII whitespace character".
    private static func mayBeInValue(_ byte: UInt8, isAtEnd: Bool) -> Bool {
        switch byte {
        case 0x00, 0x0a, 0x0d: false
        case 0x20, 0x09: !isAtEnd
        default: true
        }
    }

    /// Returns a text of the letter `a` with one other byte.
    private static func text(_ length: Int, _ byte: UInt8, at place: Int) -> [UInt8] {
        var text = [UInt8](repeating: 0x61, count: length)
        text[place] = byte
        return text
    }

    /// The first, middle and last positions.
    private static func places(_ length: Int) -> Set<Int> { [0, length / 2, length - 1] }

    /// A server that resets malformed requests; each probe uses a new stream.
    private final class Receiver {
        private let peer: Peer
        private var stream: UInt32 = 1

        init() throws {
            var configuration = H2Configuration.unlimited(.server)
            configuration.malformedMessages = .resetStream
            peer = try Peer(configuration, policies: .asConfigured)
        }

        /// Returns whether the server accepts a request with this field.
        func takes(_ name: [UInt8], _ value: [UInt8]) throws -> Bool {
            defer { stream += 2 }
            var headers = H2Headers.sampleRequest
            headers.append(name: name, value: value)
            let events = try peer.receive(FrameBuilder.headers(stream, block: headers.block))
            let id = H2StreamID(stream)
            guard events.first?.headers == headers else {
                guard
                    events == [
                        .streamReset(
                            .init(streamID: id, errorCode: .protocolError, isRemote: false))
                    ]
                else { throw PairError("neither accepted nor refused: \(events)") }
                return false
            }
            try peer.connection.resetStream(id)
            peer.connection.clearOutboundDataBuffer()
            return true
        }
    }

    /// A client that validates the fields it sends but does not normalize them.
    private final class Sender {
        private let peer: Peer

        init() throws {
            var configuration = H2Configuration.client
            configuration.normalizeOutboundHeaders = false
            peer = try Peer(configuration, policies: .asConfigured)
        }

        /// Returns whether the client sends a request with this field, unchanged.
        func sends(_ name: [UInt8], _ value: [UInt8]) throws -> Bool {
            let connection = peer.connection
            var headers = H2Headers.sampleRequest
            headers.append(name: name, value: value)
            let id = try connection.nextAvailableStreamID()
            let error = failure { () throws(H2Error) in
                try connection.sendHeaders(headers, on: id)
            }
            if let error {
                guard error.facts == .local(.protocolViolation, on: id),
                    connection.outboundByteCount == 0,
                    try connection.nextAvailableStreamID() == id
                else { throw PairError("refused, but not as misuse: \(error)") }
                return false
            }
            let frame = peer.sent().first
            guard let last = frame.flatMap({ peer.sentHeaders(of: $0).last }), last.name == name,
                last.value == value
            else { throw PairError("sent, but changed") }
            try connection.resetStream(id)
            peer.sent()
            return true
        }
    }

    @Test("§8.2.1: each byte at the start, middle and end of names of several lengths")
    func names() throws {
        let (receiver, sender) = (try Receiver(), try Sender())
        var wrong: [String] = []
        for byte in UInt8.min...UInt8.max {
            for length in [1, 3, 16, 17, 33] {
                for place in Self.places(length) {
                    let name = Self.text(length, byte, at: place)
                    let expected = Self.mayBeInName(byte)
                    if try receiver.takes(name, [0x61]) != expected {
                        wrong.append("received \(byte) at \(place) of \(length)")
                    }
                    if try sender.sends(name, [0x61]) != expected {
                        wrong.append("sent \(byte) at \(place) of \(length)")
                    }
                }
            }
        }
        #expect(wrong == [])
    }

    @Test("§8.2.1: each byte at the start, middle and end of values of several lengths")
    func values() throws {
        let (receiver, sender) = (try Receiver(), try Sender())
        var wrong: [String] = []
        for byte in UInt8.min...UInt8.max {
            for length in [1, 3, 16, 17, 33] {
                for place in Self.places(length) {
                    let value = Self.text(length, byte, at: place)
                    let isAtEnd = place == 0 || place == length - 1
                    let expected = Self.mayBeInValue(byte, isAtEnd: isAtEnd)
                    if try receiver.takes([0x61], value) != expected {
                        wrong.append("received \(byte) at \(place) of \(length)")
                    }
                    if try sender.sends([0x61], value) != expected {
                        wrong.append("sent \(byte) at \(place) of \(length)")
                    }
                }
            }
        }
        #expect(wrong == [])
    }

    @Test("§8.2.1: a forbidden byte is found at every position", arguments: lengths)
    func everyPlace(length: Int) throws {
        let receiver = try Receiver()
        var missed: [String] = []
        for place in 0..<length {
            for byte: UInt8 in [0x00, 0x20, 0x3a, 0x41, 0x5a, 0x7f, 0xff] {
                if try receiver.takes(Self.text(length, byte, at: place), [0x61]) {
                    missed.append("\(byte) at \(place) of a name")
                }
            }
            for byte: UInt8 in [0x00, 0x0a, 0x0d] {
                if try receiver.takes([0x61], Self.text(length, byte, at: place)) {
                    missed.append("\(byte) at \(place) of a value")
                }
            }
        }
        #expect(missed == [])
    }

    @Test(
        "§8.2.1: the bytes next to the forbidden ones are valid at every position",
        arguments: lengths)
    func neighbours(length: Int) throws {
        let receiver = try Receiver()
        var refused: [String] = []
        for place in 0..<length {
            for byte: UInt8 in [0x21, 0x39, 0x3b, 0x40, 0x5b, 0x7e] {
                if try !receiver.takes(Self.text(length, byte, at: place), [0x61]) {
                    refused.append("\(byte) at \(place) of a name")
                }
            }
            for byte: UInt8 in [0x01, 0x08, 0x0b, 0x0c, 0x0e, 0x1f, 0x7f, 0x80, 0xff] {
                if try !receiver.takes([0x61], Self.text(length, byte, at: place)) {
                    refused.append("\(byte) at \(place) of a value")
                }
            }
        }
        #expect(refused == [])
    }

    @Test(
        "§8.2.1: empty values and inner whitespace are valid; values of only whitespace are not")
    func blankValues() throws {
        let (receiver, sender) = (try Receiver(), try Sender())
        for (value, expected) in [("", true), ("a \t b", true), (" ", false), ("\t", false)] {
            #expect(try receiver.takes([0x61], Array(value.utf8)) == expected)
            #expect(try sender.sends([0x61], Array(value.utf8)) == expected)
        }
    }

    @Test("§8.2.1: a colon is valid only as the first byte of a defined pseudo-header field")
    func colons() throws {
        for name in [":", "::", ":path:", "a:", ":a:b", ":pa:th"] {
            for kind in SectionKind.allCases {
                try HeaderRuleProbe.expectMalformed([name: "x"] + kind.valid, kind)
                try HeaderRuleProbe.expectNotSent([name: "x"] + kind.valid, kind)
            }
        }
    }

    @Test(
        "§8.2.1: characters are validated in every kind of section and in pseudo-header fields")
    func everySection() throws {
        for kind in SectionKind.allCases {
            for field: H2Headers in [["a b": "x"], ["A": "x"], ["a": "x\r"], ["a": " x"], ["": ""]]
            {
                try HeaderRuleProbe.expectMalformed(kind.valid + field, kind)
                try HeaderRuleProbe.expectNotSent(kind.valid + field, kind)
            }
        }
        let pseudo: H2Headers = [
            ":method": "GET", ":scheme": "https", ":authority": "a", ":path": "/\n",
        ]
        try HeaderRuleProbe.expectMalformed(pseudo, .request)
        try HeaderRuleProbe.expectMalformed([":status": "200 "], .response)
    }
}
