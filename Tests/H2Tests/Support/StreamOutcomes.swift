// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

extension Peer {
    /// A connection that reports the outcomes of its streams, with its own policies.
    static func reporting(
        _ role: H2Configuration.Role, settings: [(UInt16, UInt32)] = [],
        _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> Peer {
        var configuration = H2Configuration(role)
        configuration.reportsStreamOutcomes = true
        change(&configuration)
        return try Peer(configuration, settings: settings, policies: .asConfigured)
    }

    /// Opens streams with a request that has not ended: sent by a client, received by a server.
    ///
    /// The output is taken.
    func open(_ ids: UInt32..., headers: H2Headers = .samplePost, endStream: Bool = false) throws {
        for id in ids {
            if connection.configuration.role == .client {
                try connection.sendHeaders(headers, on: H2StreamID(id), endStream: endStream)
            } else {
                try receive(FrameBuilder.headers(id, block: headers.block, endStream: endStream))
            }
        }
        sent()
    }

    /// Reserves stream 2, promised on stream 1. The output is taken.
    func reserve() throws {
        if connection.configuration.role == .client {
            try receive(
                FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block))
        } else {
            try connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        }
        sent()
    }
}

extension H2Event {
    static func closed(_ id: H2StreamID, _ outcome: H2StreamOutcome) -> H2Event {
        .streamClosed(.init(streamID: id, outcome: outcome))
    }

    /// A reset; `isSafeToRetry` is as for a stream that this side opened.
    static func reset(_ id: H2StreamID, _ code: H2ErrorCode, isRemote: Bool) -> H2Event {
        .streamReset(
            .init(
                streamID: id, errorCode: code, isRemote: isRemote,
                isSafeToRetry: isRemote && code == .refusedStream))
    }
}

extension [H2Event] {
    /// The outcomes among the events, in order.
    var outcomes: [H2Event.StreamClosed] {
        compactMap { event in
            if case .streamClosed(let closed) = event { closed } else { nil }
        }
    }

    /// Returns the outcomes of streams.
    static func closed(_ outcome: H2StreamOutcome, _ ids: H2StreamID...) -> [H2Event] {
        ids.map { .closed($0, outcome) }
    }
}

/// Returns the error that a call in a table throws, or `nil`.
func thrownError(by call: () throws -> Void) -> H2Error? {
    do {
        try call()
        return nil
    } catch {
        return error as? H2Error
    }
}
