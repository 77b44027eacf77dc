// SPDX-License-Identifier: MIT

/// What is known of one live stream, in 64 bytes. Closed streams have none: `ClosedStreams`
/// remembers how they ended.
package struct StreamRecord: Sendable {
    package let id: UInt32
    private var storedSendWindow: Int32
    package var receiveWindow: ReceiveWindow
    package var engineWindow = EngineWindow()
    package var machine = StreamStateMachine()
    /// What the request and its response say about the content-length of that response.
    var responseLength = ResponseLength.announced
    /// Whether this side ended the stream with DATA, of which nghttp2 does not know.
    package var isEndedByData = false
    var contentLength = ContentLength()
    /// Bytes of the body that this side still has to send by its content-length; negative if it
    /// announced none.
    var unsentContent = -1

    /// Whether the stream is a tunnel: no more HEADERS or PUSH_PROMISE, RFC 9113 §8.5.
    var isTunnel: Bool { responseLength == .tunnel }

    /// Whether the received body may end here. The response to a request that may have been a HEAD
    /// may have no body, whatever it announced.
    var isBodyComplete: Bool {
        contentLength.isComplete || responseLength == .unknown && contentLength.received == 0
    }

    /// Bytes that may be sent; negative after the peer lowered INITIAL_WINDOW_SIZE, RFC 9113
    /// §6.9.2.
    package var sendWindow: Int {
        get { Int(storedSendWindow) }
        set { storedSendWindow = Int32(clamping: newValue) }
    }

    package init(id: UInt32, sendWindow: Int, receiveWindow: Int) {
        self.id = id
        self.storedSendWindow = Int32(clamping: sendWindow)
        self.receiveWindow = ReceiveWindow(size: receiveWindow)
    }
}
