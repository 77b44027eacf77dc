// SPDX-License-Identifier: MIT

#if NIOSSL
/// An error because the server did not choose HTTP/2 in the TLS handshake, RFC 9113 §3.2.
public struct H2NegotiationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The protocol that was negotiated with ALPN; `nil` if none was.
    public let negotiatedProtocol: String?

    /// A description that contains the protocol, for logs.
    public var description: String {
        "the peer chose \(negotiatedProtocol ?? "no protocol") instead of h2 in the TLS handshake"
    }
}
#endif
