// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The kinds of header sections, by their position in a conversation.
enum SectionKind: CaseIterable, Sendable {
    case request, response, trailers, promise

    /// The role that receives the section.
    var receiver: H2Configuration.Role {
        switch self {
        case .request, .trailers: .server
        case .response, .promise: .client
        }
    }

    /// The role that sends the section.
    var sender: H2Configuration.Role { receiver == .server ? .client : .server }

    /// A valid section.
    var valid: H2Headers {
        switch self {
        case .request, .promise: .sampleRequest
        case .response: .sampleResponse
        case .trailers: .sampleTrailers
        }
    }
}

/// A header section with a name, as a test argument.
struct NamedSection: Sendable, CustomTestStringConvertible {
    var name: String
    var kind: SectionKind
    var headers: H2Headers

    init(_ name: String, _ kind: SectionKind, _ headers: H2Headers) {
        self.name = name
        self.kind = kind
        self.headers = headers
    }

    /// Creates a GET request with additional fields.
    init(_ name: String, adding fields: [(String, String)]) {
        self.init(name, .request, H2Headers.sampleRequest + H2Headers(fields))
    }

    /// Creates a GET request with a field of raw bytes.
    init(_ name: String, field: [UInt8] = Array("a".utf8), value: [UInt8]) {
        var headers = H2Headers.sampleRequest
        headers.append(name: field, value: value)
        self.init(name, .request, headers)
    }

    var testDescription: String { name }
}

/// Receives and sends header sections and checks the results.
enum HeaderRuleProbe {
    /// Returns a connection that expects this kind of section next, on stream 1.
    static func receiver(of kind: SectionKind, _ configuration: H2Configuration) throws -> Peer {
        let peer = try Peer(configuration, policies: .asConfigured)
        switch kind {
        case .request: break
        case .trailers: try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        case .response, .promise: try peer.connection.sendHeaders(.samplePost, on: 1)
        }
        peer.sent()
        return peer
    }

    static func frame(_ headers: H2Headers, _ kind: SectionKind, endStream: Bool) -> [UInt8] {
        kind == .promise
            ? FrameBuilder.pushPromise(1, promised: 2, block: headers.block)
            : FrameBuilder.headers(1, block: headers.block, endStream: endStream)
    }

    /// Expects that a section is received and reported with these fields.
    static func expectAccepted(
        _ headers: H2Headers, _ kind: SectionKind, as expected: H2Headers? = nil,
        endStream: Bool = false, sourceLocation: SourceLocation = #_sourceLocation,
        _ configure: (inout H2Configuration) -> Void = { _ in }
    ) throws {
        var configuration = H2Configuration(kind.receiver)
        if kind.receiver == .server { configuration.initialSettings = [.enableConnectProtocol: 1] }
        configure(&configuration)
        let peer = try receiver(of: kind, configuration)
        let result = peer.receiveResult(
            frame(headers, kind, endStream: endStream || kind == .trailers))
        #expect(result.error == nil, sourceLocation: sourceLocation)
        #expect(
            result.events.first?.headers == expected ?? headers, sourceLocation: sourceLocation)
        #expect(peer.sent() == [], sourceLocation: sourceLocation)
    }

    /// Expects that a section is a connection error or a stream error, depending on the policy.
    static func expectMalformed(
        _ headers: H2Headers, _ kind: SectionKind, endStream: Bool = false,
        _ error: H2Error.Kind = .protocolViolation,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ configure: (inout H2Configuration) -> Void = { _ in }
    ) throws {
        var configuration = H2Configuration(kind.receiver)
        if kind.receiver == .server { configuration.initialSettings = [.enableConnectProtocol: 1] }
        configure(&configuration)
        let bytes = frame(headers, kind, endStream: endStream || kind == .trailers)

        configuration.malformedMessages = .connectionError
        let closing = try receiver(of: kind, configuration)
        let result = closing.receiveResult(bytes)
        #expect(result.error?.facts == .remote(error, on: 1), sourceLocation: sourceLocation)
        #expect(result.events == [], sourceLocation: sourceLocation)
        let goAways = closing.sent()
        #expect(goAways.map(\.type) == [.goAway], sourceLocation: sourceLocation)
        #expect(goAways.first?.errorCode == 0x1, sourceLocation: sourceLocation)
        #expect(closing.connection.connectionState == .closed, sourceLocation: sourceLocation)

        configuration.malformedMessages = .resetStream
        let resetting = try receiver(of: kind, configuration)
        let events = try resetting.receive(bytes)
        let isPromise = kind == .promise
        #expect(
            events
                == (isPromise
                    ? []
                    : [
                        .streamReset(
                            .init(streamID: 1, errorCode: .protocolError, isRemote: false))
                    ]),
            sourceLocation: sourceLocation)
        #expect(
            resetting.sent()
                == WireReader.frames(
                    in: FrameBuilder.rstStream(isPromise ? 2 : 1, code: 0x1)),
            sourceLocation: sourceLocation)
        try expectAlive(resetting, sourceLocation)
    }

    /// Expects that the next stream works.
    private static func expectAlive(_ peer: Peer, _ sourceLocation: SourceLocation) throws {
        let isClient = peer.connection.configuration.role == .client
        if isClient { try peer.connection.sendHeaders(.sampleRequest, on: 3) }
        let headers = isClient ? H2Headers.sampleResponse : .sampleRequest
        let events = try peer.receive(FrameBuilder.headers(3, block: headers.block))
        #expect(events.first?.headers == headers, sourceLocation: sourceLocation)
    }

    /// Returns a connection that can send this kind of section next, on stream 1.
    static func sender(of kind: SectionKind, _ configuration: H2Configuration) throws -> Peer {
        // Servers announce ENABLE_CONNECT_PROTOCOL.
        let peer = try Peer(
            configuration, settings: configuration.role == .client ? [(0x8, 1)] : [],
            policies: .asConfigured)
        switch kind {
        case .request: break
        case .trailers: try peer.connection.sendHeaders(.samplePost, on: 1)
        case .response, .promise:
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        }
        peer.sent()
        return peer
    }

    static func send(
        _ headers: H2Headers, _ kind: SectionKind, _ connection: H2Connection
    ) throws(H2Error) {
        if kind == .promise {
            try connection.pushStream(2, on: 1, requestHeaders: headers)
        } else {
            try connection.sendHeaders(headers, on: 1, endStream: kind == .trailers)
        }
    }

    /// Expects that a section is sent with these fields. By default, it is not normalized.
    static func expectSent(
        _ headers: H2Headers, _ kind: SectionKind, as expected: H2Headers? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ configure: (inout H2Configuration) -> Void = { $0.normalizeOutboundHeaders = false }
    ) throws {
        var configuration = H2Configuration(kind.sender)
        configure(&configuration)
        let peer = try sender(of: kind, configuration)
        let error = failure { () throws(H2Error) in try send(headers, kind, peer.connection) }
        #expect(error == nil, sourceLocation: sourceLocation)
        guard error == nil, let frame = peer.sent().first else { return }
        var fields = H2Headers()
        for field in peer.sentHeaders(of: frame) {
            fields.append(
                name: field.name, value: field.value,
                indexing: field.neverIndexed ? .never : .automatic)
        }
        #expect(fields == expected ?? headers, sourceLocation: sourceLocation)
    }

    /// Expects that a section is refused and changes nothing. By default, it is not normalized.
    static func expectNotSent(
        _ headers: H2Headers, _ kind: SectionKind,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ configure: (inout H2Configuration) -> Void = { $0.normalizeOutboundHeaders = false }
    ) throws {
        var configuration = H2Configuration(kind.sender)
        configure(&configuration)
        let peer = try sender(of: kind, configuration)
        let stream: H2StreamID = kind == .promise ? 2 : 1
        expectMisuse(
            peer.connection, .local(.protocolViolation, on: stream), sourceLocation: sourceLocation
        ) { () throws(H2Error) in
            try send(headers, kind, peer.connection)
        }
    }
}

extension H2Headers {
    /// Returns the fields of one section followed by those of another.
    static func + (a: H2Headers, b: H2Headers) -> H2Headers {
        var sum = a
        sum.append(contentsOf: b)
        return sum
    }
}
