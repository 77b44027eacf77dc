// SPDX-License-Identifier: MIT

/// The state of a live stream, in 72 bytes. A closed stream has no record: `ClosedStreams`
/// remembers how it ended.
package struct StreamRecord: Sendable {
    // In the order with the least padding.
    package var flow: FlowControl
    package let id: UInt32
    package var state = StreamStateMachine()
    /// The meaning of content-length in the response, and whether the stream is a tunnel.
    var responseLength = ResponseLength.announced
    /// Whether this side ended the stream with DATA, which nghttp2 does not process.
    package var isEndedByData = false
    /// The `Budgets.callTime` of the call that received the peer's request; 0 if unknown.
    private(set) var openedAt: UInt32 = 0
    var contentLength = ContentLength()
    /// The number of body bytes that this side still has to send according to its content-length;
    /// negative if H2 does not check it.
    var unsentContent = -1
    /// The cost of decoding the peer's request, its trailers and its 1xx responses.
    var cost = SectionCost.one

    /// Whether the stream is a tunnel, which carries no HEADERS or PUSH_PROMISE, RFC 9113 §8.5.
    var isTunnel: Bool { responseLength == .tunnel }

    /// Whether the received body may end here. If the request may have been a HEAD, the response
    /// may have no body, regardless of its content-length.
    var isBodyComplete: Bool {
        contentLength.isComplete || responseLength == .unknown && contentLength.received == 0
    }

    /// Records the cost of the peer's request, and the time when it arrived.
    @inline(__always)
    mutating func recordRequest(_ cost: SectionCost, at time: UInt32) {
        self.cost = cost
        openedAt = time
    }

    package init(id: UInt32, sendWindow: Int, receiveWindow: Int) {
        self.id = id
        self.flow = FlowControl(receive: receiveWindow, send: sendWindow)
    }
}
