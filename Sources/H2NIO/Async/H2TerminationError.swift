// SPDX-License-Identifier: MIT

#if NIO
public import H2

/// The error of a connection that the peer ended with an error code, RFC 9113 §6.8.
public struct H2TerminationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason of the peer, which is not NO_ERROR.
    public let errorCode: H2ErrorCode
    /// Data for debugging; empty if the peer sent none.
    public let additionalData: H2Bytes

    init(_ event: H2Event.ConnectionTerminated) {
        errorCode = event.errorCode
        additionalData = event.additionalData
    }

    /// A description of the reason, for logs.
    public var description: String { "the peer ended the connection: \(errorCode)" }
}
#endif
