// SPDX-License-Identifier: MIT

/// The reason that a call failed: the kind of error, the side at fault, and the error code.
///
/// A local error means that the caller misused the connection, and changes nothing. The exception
/// is `.internalError`, which ends the connection.
///
/// A remote error means that the peer violated the protocol or exceeded a limit. It ends the
/// connection: a GOAWAY with `errorCode` is queued, except after an invalid client preface, and
/// every further `receiveData` throws the same error. An error in the HTTP2-Settings value that
/// `initiateUpgradeConnection` gets is remote, too, but changes nothing.
public struct H2Error: Error, Hashable, Sendable {
    /// The kind of an error: one for each exception that h2 raises, and five more.
    @nonexhaustive
    public enum Kind: Hashable, Sendable {
        /// A protocol violation that no other kind describes, or a call that the current state does
        /// not allow. In h2: `ProtocolError`.
        case protocolViolation
        /// A frame or field section is too large. `expected` is the limit and `actual` the size,
        /// both in bytes. In h2: `FrameTooLargeError`.
        case frameTooLarge
        /// The length of a frame does not match its type or its contents. `actual` is the length of
        /// its payload in bytes. In h2: `FrameDataMissingError`.
        case frameDataMissing
        /// A stream would exceed MAX_CONCURRENT_STREAMS. `expected` is the limit and `actual` the
        /// number of streams that are already open. In h2: `TooManyStreamsError`.
        case tooManyStreams
        /// DATA exceeds a flow-control window, or a window would exceed 2^31-1 bytes. For DATA,
        /// `expected` is the window and `actual` the length in bytes, padding included. In h2:
        /// `FlowControlError`.
        case flowControl
        /// A stream identifier is too low for a new stream. In h2: `StreamIDTooLowError`.
        case streamIDTooLow
        /// This side has used up its stream identifiers. In h2: `NoAvailableStreamIDError`.
        case noAvailableStreamID
        /// The stream was never opened. In h2: `NoSuchStreamError`.
        case noSuchStream
        /// The stream is closed, or the client sent HEADERS on a pushed stream whose response has
        /// begun. In h2: `StreamClosedError`.
        ///
        /// If only this side has ended the stream, sending on it is a `.protocolViolation`.
        case streamClosed
        /// A setting has an invalid value. In h2: `InvalidSettingsValueError`.
        case invalidSettingsValue
        /// The length of a body differs from its content-length, or the message must not have a
        /// body.
        ///
        /// For a received body, `expected` is the length that it must have and `actual` the number
        /// of bytes received. For a sent body, which h2 does not check, `expected` is the number of
        /// bytes still to be sent and `actual` the number in this call. In h2:
        /// `InvalidBodyLengthError`.
        case invalidBodyLength
        /// A server cannot send priorities. In h2: `RFC1122Error`.
        case notPermitted
        /// A limit was exceeded. `limit` names it, `expected` is the bound that applies, and
        /// `actual` the value reached. In h2: `DenialOfServiceError`.
        case denialOfService
        /// An argument is malformed or out of range. In h2: `ValueError`.
        case invalidArgument
        /// The connection or its transport has ended. Without
        /// ``H2Configuration/reportsStreamOutcomes``, only if the transport has: after
        /// `connectionLost`, or after ``H2Deadlines/keepalive`` or ``H2Deadlines/output`` passed.
        /// Otherwise the kind is `.protocolViolation`.
        case connectionClosed
        /// No stream can be opened, because the peer sent GOAWAY or a graceful shutdown has
        /// started. Only with ``H2Configuration/reportsStreamOutcomes``; otherwise
        /// `.protocolViolation`.
        case goingAway
        /// A deadline passed and ended the connection. `deadline` is its name.
        case deadlineExpired
        /// Neither `initiateConnection` nor `initiateUpgradeConnection` was called yet.
        case notInitiated
        /// A bug in H2, or a failed allocation in nghttp2. The connection has ended. Any other
        /// failed allocation ends the process.
        case internalError
    }

    /// The side at fault.
    public enum Origin: Hashable, Sendable {
        /// The caller of H2, or H2 itself.
        case local
        /// The peer.
        case remote
    }

    /// The kind of the error.
    public let kind: Kind
    /// The error code, RFC 9113 §7. If a GOAWAY is queued for the error, it has this code. A local
    /// error other than `.internalError` queues nothing: its code only classifies it.
    public let errorCode: H2ErrorCode
    /// The side at fault.
    public let origin: Origin
    /// The stream that the error concerns, or `nil` if it concerns no particular stream.
    public let streamID: H2StreamID?
    /// The required or largest permitted value, or `nil`. Its meaning depends on `kind`.
    public let expected: Int?
    /// The value found, or `nil`. Its meaning depends on `kind`.
    public let actual: Int?
    /// The exceeded limit if `kind` is `.denialOfService`, otherwise `nil`.
    public let limit: H2Limit?
    /// The deadline that passed, if `kind` is `.deadlineExpired`; otherwise `nil`.
    public internal(set) var deadline: H2Deadline?
    /// The events of the same call that precede the error. Only `handleDeadlines` and forms of
    /// `receiveData` that return events set this property.
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

    /// Returns a remote error.
    static func remote(
        _ kind: Kind, _ code: H2ErrorCode, on streamID: H2StreamID? = nil,
        expected: Int? = nil, actual: Int? = nil, limit: H2Limit? = nil, _ reason: String
    ) -> H2Error {
        H2Error(
            kind, code, .remote, on: streamID, expected: expected, actual: actual, limit: limit,
            reason)
    }

    /// Returns the error for a limit that the peer exceeded.
    static func exceeded(
        _ limit: H2Limit?, on streamID: H2StreamID? = nil, bound: Int, actual: Int,
        _ reason: String
    ) -> H2Error {
        remote(
            .denialOfService, .enhanceYourCalm, on: streamID, expected: bound, actual: actual,
            limit: limit, reason)
    }

    /// Returns the error for a deadline that ends the connection.
    static func expired(
        _ deadline: H2Deadline, _ code: H2ErrorCode, _ reason: String
    ) -> H2Error {
        var error = H2Error(.deadlineExpired, code, .remote, reason)
        error.deadline = deadline
        return error
    }

    /// Returns a local error with the code PROTOCOL_ERROR.
    static func local(
        _ kind: Kind, on streamID: H2StreamID? = nil, expected: Int? = nil, actual: Int? = nil,
        _ reason: String
    ) -> H2Error {
        H2Error(
            kind, .protocolError, .local, on: streamID, expected: expected, actual: actual, reason)
    }

    /// Returns a local error.
    static func local(
        _ kind: Kind, _ code: H2ErrorCode, on streamID: H2StreamID? = nil,
        expected: Int? = nil, actual: Int? = nil, _ reason: String
    ) -> H2Error {
        H2Error(kind, code, .local, on: streamID, expected: expected, actual: actual, reason)
    }
}

extension H2Error: CustomStringConvertible {
    /// One line for logs. The format may change, so read the properties instead of parsing it.
    public var description: String {
        var text = "\(kind) (\(errorCode), \(origin)"
        if let streamID { text += ", stream \(streamID)" }
        text += "): \(reason)"
        if let expected, let actual { text += " (\(comparison(expected, actual)))" }
        return text
    }

    private func comparison(_ expected: Int, _ actual: Int) -> String {
        switch kind {
        case .denialOfService: "limit \(limit?.name ?? "") \(expected), actual \(actual)"
        case .tooManyStreams: "limit \(expected), open \(actual)"
        case .flowControl: "window \(expected), length \(actual)"
        case .invalidBodyLength: "expected \(expected), actual \(actual)"
        default: "limit \(expected), actual \(actual)"
        }
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
        case .connectionClosed: "connectionClosed"
        case .goingAway: "goingAway"
        case .deadlineExpired: "deadlineExpired"
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
    /// Returns the error for an argument of another module of the package, such as the C library.
    package static func misuse(_ reason: StaticString) -> H2Error {
        .local(.invalidArgument, "\(reason)")
    }

    /// Returns the error for input that fits no frame, so that it need not be copied first.
    package static func excess(_ count: Int, limit: Int) -> H2Error {
        .local(
            .frameTooLarge, .frameSizeError, expected: limit, actual: count,
            "argument is larger than any frame or field section can be")
    }
}
