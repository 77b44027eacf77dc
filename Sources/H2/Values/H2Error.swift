// SPDX-License-Identifier: MIT

/// Why a call failed: what went wrong, whose fault it was, and what the peer is told.
///
/// With `origin == .local` the caller misused the connection and nothing was changed
/// (`.internalError` excepted). With `origin == .remote` the peer broke the protocol: a GOAWAY is
/// queued and the connection is over.
public struct H2Error: Error, Hashable, Sendable {
    /// What went wrong; one for each exception of h2, and a few of our own.
    @nonexhaustive
    public enum Kind: Hashable, Sendable {
        /// In h2: `ProtocolError`.
        case protocolViolation
        /// In h2: `FrameTooLargeError`. `expected` is the limit and `actual` the size, both in
        /// bytes.
        case frameTooLarge
        /// In h2: `FrameDataMissingError`.
        case frameDataMissing
        /// In h2: `TooManyStreamsError`. `expected` is the limit and `actual` the number of open
        /// streams.
        case tooManyStreams
        /// In h2: `FlowControlError`. When sending, `expected` is the window and `actual` the size,
        /// both in bytes.
        case flowControl
        /// In h2: `StreamIDTooLowError`.
        case streamIDTooLow
        /// In h2: `NoAvailableStreamIDError`.
        case noAvailableStreamID
        /// In h2: `NoSuchStreamError`.
        case noSuchStream
        /// In h2: `StreamClosedError`.
        case streamClosed
        /// In h2: `InvalidSettingsValueError`.
        case invalidSettingsValue
        /// In h2: `InvalidBodyLengthError`. For a received body, `expected` is its content-length
        /// and `actual` the number of bytes received. For a sent body, which h2 does not check,
        /// `expected` is the number of bytes still to be sent and `actual` the number in this call.
        case invalidBodyLength
        /// In h2: `RFC1122Error`.
        case notPermitted
        /// In h2: `DenialOfServiceError`. `limit` names what was exceeded, `expected` is the bound
        /// and `actual` what it came to.
        case denialOfService
        /// In h2: `ValueError`.
        case invalidArgument
        /// `initiateConnection` was not called yet.
        case notInitiated
        /// A bug in this library, or nghttp2 could not allocate memory. The connection has ended.
        /// Any other allocation that fails ends the process.
        case internalError
    }

    /// Whose fault it was.
    public enum Origin: Hashable, Sendable {
        /// The caller of this library, or the library itself.
        case local
        /// The peer.
        case remote
    }

    /// What went wrong.
    public let kind: Kind
    /// The code that the peer is told, or would be.
    public let errorCode: H2ErrorCode
    /// Whose fault it was.
    public let origin: Origin
    /// The stream that it was about, or nil where it was the connection.
    public let streamID: H2StreamID?
    /// The length or limit that should have been kept; its meaning is with each kind.
    public let expected: Int?
    /// The length or count that was seen; its meaning is with each kind.
    public let actual: Int?
    /// The limit that was exceeded, where the kind is `.denialOfService`.
    public let limit: H2Limit?
    /// Events of the same call from before the error. Filled by the returning form of `receiveData`
    /// only.
    public internal(set) var precedingEvents: [H2Event] = []

    private let reason: String

    init(
        _ kind: Kind, _ errorCode: H2ErrorCode, _ origin: Origin, on streamID: H2StreamID? = nil,
        expected: Int? = nil, actual: Int? = nil, limit: H2Limit? = nil, _ reason: String
    ) {
        self.kind = kind
        self.errorCode = errorCode
        self.origin = origin
        self.streamID = streamID
        self.expected = expected
        self.actual = actual
        self.limit = limit
        self.reason = reason
    }

    /// A violation by the peer.
    static func remote(
        _ kind: Kind, _ code: H2ErrorCode, on streamID: H2StreamID? = nil,
        expected: Int? = nil, actual: Int? = nil, limit: H2Limit? = nil, _ reason: String
    ) -> H2Error {
        H2Error(
            kind, code, .remote, on: streamID, expected: expected, actual: actual, limit: limit,
            reason)
    }

    /// A limit that the peer exceeded.
    static func exceeded(
        _ limit: H2Limit?, on streamID: H2StreamID? = nil, bound: Int, actual: Int,
        _ reason: String
    ) -> H2Error {
        remote(
            .denialOfService, .enhanceYourCalm, on: streamID, expected: bound, actual: actual,
            limit: limit, reason)
    }

    /// A misuse by the caller that is a protocol error.
    static func local(
        _ kind: Kind, on streamID: H2StreamID? = nil, expected: Int? = nil, actual: Int? = nil,
        _ reason: String
    ) -> H2Error {
        H2Error(
            kind, .protocolError, .local, on: streamID, expected: expected, actual: actual, reason)
    }

    /// A misuse by the caller.
    static func local(
        _ kind: Kind, _ code: H2ErrorCode, on streamID: H2StreamID? = nil,
        expected: Int? = nil, actual: Int? = nil, _ reason: String
    ) -> H2Error {
        H2Error(kind, code, .local, on: streamID, expected: expected, actual: actual, reason)
    }
}

extension H2Error: CustomStringConvertible {
    /// One line for a log. Its form may change: compare the properties instead.
    public var description: String {
        var text = "\(kind) (\(errorCode), \(origin == .local ? "local" : "by the peer")"
        if let streamID { text += ", stream \(streamID)" }
        text += "): \(reason)"
        if let expected, let actual { text += " (expected \(expected), got \(actual))" }
        return text
    }
}

// For `H2Error.description`: Embedded Swift cannot print the names of enum cases.
extension H2Error.Kind: CustomStringConvertible {
    /// The name of the case.
    public var description: String {
        switch self {
        case .protocolViolation: "protocolViolation"
        case .frameTooLarge: "frameTooLarge"
        case .frameDataMissing: "frameDataMissing"
        case .tooManyStreams: "tooManyStreams"
        case .flowControl: "flowControl"
        case .streamIDTooLow: "streamIDTooLow"
        case .noAvailableStreamID: "noAvailableStreamID"
        case .noSuchStream: "noSuchStream"
        case .streamClosed: "streamClosed"
        case .invalidSettingsValue: "invalidSettingsValue"
        case .invalidBodyLength: "invalidBodyLength"
        case .notPermitted: "notPermitted"
        case .denialOfService: "denialOfService"
        case .invalidArgument: "invalidArgument"
        case .notInitiated: "notInitiated"
        case .internalError: "internalError"
        }
    }
}

extension H2Error.Origin: CustomStringConvertible {
    /// The name of the case.
    public var description: String {
        switch self {
        case .local: "local"
        case .remote: "remote"
        }
    }
}

extension H2Error {
    /// The error for an argument that only a caller from C can give.
    package static func misuse(_ reason: StaticString) -> H2Error {
        .local(.invalidArgument, "\(reason)")
    }

    /// The error for bytes that are too many to be copied, let alone sent.
    package static func excess(_ count: Int, limit: Int) -> H2Error {
        .local(
            .frameTooLarge, .frameSizeError, expected: limit, actual: count,
            "more bytes than any frame has")
    }
}
