// SPDX-License-Identifier: MIT

import H2

/// A request and its response, until their stream is closed.
struct Exchange {
    /// The number of bytes of an unneeded request body that are discarded before the server
    /// responds and resets the stream. Some clients fail if the stream is reset while they still
    /// send.
    private static let discardBound = 1 << 20

    let answer: Answer
    var isRequestEnded: Bool
    /// Whether the method is CONNECT: the client sends nothing before the response.
    private let isConnect: Bool
    /// Whether the request has a body and `expect: 100-continue`.
    private let expectsContinue: Bool
    /// Whether the header section was sent.
    var isStarted = false
    /// Whether the whole response was sent or queued.
    var isQueued = false
    /// The number of bytes of the response's body that were queued.
    var queuedCount = 0
    /// The number of bytes of the request's body that were discarded.
    var discardedCount = 0
    /// The number of bytes that /echo has received and not acknowledged, because some of them are
    /// still queued; the flow-control window limits them.
    var heldByteCount = 0

    init(_ request: H2Event.RequestReceived, _ answer: Answer) {
        self.answer = answer
        isRequestEnded = request.endsStream
        isConnect = request.headers[.method] == "CONNECT"
        expectsContinue =
            !isRequestEnded && request.headers[.expect]?.lowercased() == "100-continue"
    }

    var isEcho: Bool { if case .echo = answer.content { true } else { false } }
    var hasNoContent: Bool { if case .none = answer.content { true } else { false } }

    /// Whether a 100 response is due, RFC 9110 §10.1.1.
    var needsContinue: Bool { isEcho && expectsContinue }

    /// Whether the response may begin. If it does not need the request's body, it waits for the end
    /// of the body, unless the client expects a response first or the body is too long.
    var canStart: Bool {
        isRequestEnded || isEcho || isConnect || expectsContinue || hasDiscardedEnough
    }

    var hasDiscardedEnough: Bool { discardedCount > Self.discardBound }
}
