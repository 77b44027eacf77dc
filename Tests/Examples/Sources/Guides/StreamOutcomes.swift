// SPDX-License-Identifier: MIT

import H2

/// The requests of a client that have not ended.
final class PendingRequests {
    enum Result { case complete, failed(String), canBeRetried }

    private var handlers: [H2StreamID: (Result) -> Void] = [:]

    func add(_ stream: H2StreamID, _ handler: @escaping (Result) -> Void) {
        handlers[stream] = handler
    }

    /// Call this with the events of `receiveData`, `takeEvents` and `connectionLost`, and with the
    /// `precedingEvents` of an error.
    func handle(_ events: [H2Event]) {
        for case .streamClosed(let closed) in events {
            guard let handler = handlers.removeValue(forKey: closed.streamID) else { continue }
            switch closed.outcome {
            case .completed: handler(.complete)
            case .reset(let code, let isRemote):
                handler(.failed("\(isRemote ? "the server" : "this side") reset it: \(code)"))
            case .notProcessed: handler(.canBeRetried)
            case .cutOff: handler(.failed("the connection ended"))
            @unknown default: handler(.failed("unknown outcome"))
            }
        }
    }
}
