// SPDX-License-Identifier: MIT

/// An error code of RST_STREAM and GOAWAY frames, RFC 9113 §7. Unknown codes are preserved.
///
/// In h2: `ErrorCodes`.
public struct H2ErrorCode: RawRepresentable, Hashable, Sendable {
    /// The number of the code.
    public var rawValue: UInt32

    /// Creates a code from its number.
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// No error: the connection shuts down gracefully, or the stream is not needed any more.
    public static let noError = H2ErrorCode(rawValue: 0x0)
    /// An unspecific protocol error.
    public static let protocolError = H2ErrorCode(rawValue: 0x1)
    /// An unexpected internal error.
    public static let internalError = H2ErrorCode(rawValue: 0x2)
    /// A violation of flow control.
    public static let flowControlError = H2ErrorCode(rawValue: 0x3)
    /// A SETTINGS frame was not acknowledged in time.
    public static let settingsTimeout = H2ErrorCode(rawValue: 0x4)
    /// A frame arrived after its stream was half-closed.
    public static let streamClosed = H2ErrorCode(rawValue: 0x5)
    /// A frame has an invalid size.
    public static let frameSizeError = H2ErrorCode(rawValue: 0x6)
    /// The stream was refused before any processing, so the request is safe to retry.
    public static let refusedStream = H2ErrorCode(rawValue: 0x7)
    /// The stream is not needed any more.
    public static let cancel = H2ErrorCode(rawValue: 0x8)
    /// The compression state of field sections cannot be maintained.
    public static let compressionError = H2ErrorCode(rawValue: 0x9)
    /// The TCP connection of a CONNECT request was reset or closed abnormally.
    public static let connectError = H2ErrorCode(rawValue: 0xa)
    /// The behavior of the peer might cause excessive load.
    public static let enhanceYourCalm = H2ErrorCode(rawValue: 0xb)
    /// The transport does not meet the minimum security requirements.
    public static let inadequateSecurity = H2ErrorCode(rawValue: 0xc)
    /// HTTP/1.1 is required instead of HTTP/2.
    public static let http11Required = H2ErrorCode(rawValue: 0xd)
}

extension H2ErrorCode: CustomStringConvertible {
    private static let names: [StaticString] = [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
        "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
        "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]

    /// The name in RFC 9113 §7, or the number in hexadecimal.
    public var description: String {
        rawValue < Self.names.count
            ? "\(Self.names[Int(rawValue)])" : "0x" + String(rawValue, radix: 16)
    }
}
