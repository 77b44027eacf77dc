// SPDX-License-Identifier: MIT

#if NIOSSL
import NIOCore
import NIOSSL
import NIOTLS

extension TLSConfiguration {
    /// The configuration for HTTP/2, RFC 9113 §9.2: at least TLS 1.2, and the protocols for ALPN.
    func forHTTP2(offeringHTTP1: Bool) -> TLSConfiguration {
        var configuration = self
        configuration.applicationProtocols = offeringHTTP1 ? ["h2", "http/1.1"] : ["h2"]
        if [.tlsv1, .tlsv11].contains(configuration.minimumTLSVersion) {
            configuration.minimumTLSVersion = .tlsv12
        }
        return configuration
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// Adds the handlers that wait for the TLS handshake and then call `h2` or, if another protocol
    /// or none was negotiated, `other`.
    func negotiate<Output: Sendable>(
        _ tls: any ChannelHandler,
        h2: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>,
        other: @escaping @Sendable (any Channel, _ name: String?) -> EventLoopFuture<Output>
    ) throws -> EventLoopFuture<Output> {
        let negotiation = NIOTypedApplicationProtocolNegotiationHandler<Output> { result, channel in
            switch result {
            case .negotiated("h2"): h2(channel)
            case .negotiated(let name): other(channel, name)
            case .fallback: other(channel, nil)
            }
        }
        let errors = HandshakeErrors()
        try addHandlers([tls, errors, negotiation])
        let bound = NIOLoopBound(errors, eventLoop: eventLoop)
        return negotiation.protocolNegotiationResult.flatMapErrorThrowing { error in
            throw bound.value.first ?? error
        }
    }
}

/// Keeps the error that ends the TLS handshake, because the negotiation reports only that the
/// channel was closed.
private final class HandshakeErrors: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private(set) var first: (any Error)?

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if first == nil { first = error }
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        if case TLSUserEvent.handshakeCompleted = event {
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }
}
#endif
