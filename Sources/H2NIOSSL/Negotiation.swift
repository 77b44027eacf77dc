// SPDX-License-Identifier: MIT

#if NIOSSL
package import NIOCore
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
    ///
    /// If the handshake takes longer than 30 seconds, the channel is closed, and the future fails
    /// with `ChannelError.connectTimeout`.
    package func negotiate<Output: Sendable>(
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
        let handshake = HandshakeMonitor()
        try addHandlers([tls, handshake, negotiation])
        let bound = NIOLoopBound(handshake, eventLoop: eventLoop)
        return negotiation.protocolNegotiationResult.flatMapErrorThrowing { error in
            throw bound.value.error ?? error
        }
    }
}

/// Limits the time of the TLS handshake, and keeps the error that ends it: the negotiation reports
/// only that the channel was closed.
private final class HandshakeMonitor: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private static let time = TimeAmount.seconds(30)

    private(set) var error: (any Error)?
    private var limit: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) {
        limit = context.eventLoop.assumeIsolated().scheduleTask(in: Self.time) {
            self.errorCaught(context: context, error: ChannelError.connectTimeout(Self.time))
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { limit?.cancel() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.error == nil { self.error = error }
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
