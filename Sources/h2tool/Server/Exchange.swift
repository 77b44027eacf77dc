// SPDX-License-Identifier: MIT

import H2

/// A request and its response, until both are complete.
struct Exchange {
    /// The number of bytes of an unneeded request body that are discarded before the server
    /// responds and resets the stream. Some clients fail if the stream is reset while they still
    /// send.
    private static let discardBound = 1 << 20

    let id: H2StreamID
    let answer: Answer
    var isRequestEnded: Bool
    /// Whether the method is CONNECT: the client sends nothing before the response.
    private let isConnect: Bool
    /// Whether the request has a body and `expect: 100-continue`.
    private let expectsContinue: Bool
    /// Whether the header section was sent.
    var isStarted = false
    /// Whether the whole response was sent.
    var isAnswered = false
    /// The number of bytes of the response's body that were sent.
    var sentCount = 0
    /// The number of bytes of the request's body that were discarded.
    var discardedCount = 0
    /// The bytes that /echo received and has not sent, from `receivedStart` on.
    private var received: [UInt8] = []
    private var receivedStart = 0

    init(_ request: H2Event.RequestReceived, _ answer: Answer) {
        id = request.streamID
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

    /// The number of bytes that /echo holds; the flow-control window limits them.
    var heldByteCount: Int { received.count - receivedStart }

    mutating func hold(_ data: H2Bytes) {
        if receivedStart > received.count / 2 {
            received.removeFirst(receivedStart)
            receivedStart = 0
        }
        received.append(contentsOf: data)
    }

    /// Returns the next bytes that /echo sends, and whether they are the last ones.
    func heldPiece(upTo count: Int) -> Site.Piece {
        let end = min(receivedStart + count, received.count)
        return (received[receivedStart..<end], isRequestEnded && end == received.count)
    }

    mutating func drop(_ count: Int) {
        receivedStart += count
        if receivedStart == received.count { (received, receivedStart) = ([], 0) }
    }
}
