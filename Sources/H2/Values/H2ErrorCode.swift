// SPDX-License-Identifier: MIT

/// An error code as RST_STREAM and GOAWAY carry it, RFC 9113 §7. Unknown codes are kept as they
/// are.
///
/// In h2: `ErrorCodes`.
public struct H2ErrorCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Graceful shutdown, or no longer interested.
    public static let noError = H2ErrorCode(rawValue: 0x0)
    /// An unspecific protocol error.
    public static let protocolError = H2ErrorCode(rawValue: 0x1)
    /// An unexpected internal error.
    public static let internalError = H2ErrorCode(rawValue: 0x2)
    /// The peer broke the flow-control protocol.
    public static let flowControlError = H2ErrorCode(rawValue: 0x3)
    /// SETTINGS were not acknowledged in time.
    public static let settingsTimeout = H2ErrorCode(rawValue: 0x4)
    /// A frame arrived on a stream that was half-closed.
    public static let streamClosed = H2ErrorCode(rawValue: 0x5)
    /// A frame had an invalid size.
    public static let frameSizeError = H2ErrorCode(rawValue: 0x6)
    /// The stream was refused before anything was done for it: safe to retry.
    public static let refusedStream = H2ErrorCode(rawValue: 0x7)
    /// The stream is no longer needed.
    public static let cancel = H2ErrorCode(rawValue: 0x8)
    /// The field compression state cannot be kept.
    public static let compressionError = H2ErrorCode(rawValue: 0x9)
    /// The connection of a CONNECT request was reset or closed abnormally.
    public static let connectError = H2ErrorCode(rawValue: 0xa)
    /// The peer makes excessive load.
    public static let enhanceYourCalm = H2ErrorCode(rawValue: 0xb)
    /// The transport does not meet the minimum security requirements.
    public static let inadequateSecurity = H2ErrorCode(rawValue: 0xc)
    /// The peer wants HTTP/1.1.
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
