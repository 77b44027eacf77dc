// SPDX-License-Identifier: MIT

/// What is known of one live stream, in 64 bytes. Closed streams have none: `ClosedStreams`
/// remembers how they ended.
package struct StreamRecord: Sendable {
    package let id: UInt32
    private var storedSendWindow: Int32
    package var receiveWindow: ReceiveWindow
    package var engineWindow = EngineWindow()
    var contentLength = ContentLength()
    package var machine = StreamStateMachine()
    /// What the request says about the content-length of its response.
    var responseLength = ResponseLength.announced
    /// Whether this side ended the stream with DATA, of which nghttp2 does not know.
    package var isEndedByData = false
    /// Whether a 2xx response made it a tunnel, RFC 9113 §8.5: no more HEADERS or PUSH_PROMISE.
    var isTunnel = false
    /// Bytes of the body that this side still has to send by its content-length; negative if it
    /// announced none.
    var unsentContent = -1

    /// Bytes that may be sent; negative after the peer lowered INITIAL_WINDOW_SIZE, RFC 9113
    /// §6.9.2.
    package var sendWindow: Int {
        get { Int(storedSendWindow) }
        set { storedSendWindow = Int32(clamping: newValue) }
    }

    init(id: UInt32, sendWindow: Int, receiveWindow: Int) {
        self.id = id
        self.storedSendWindow = Int32(clamping: sendWindow)
        self.receiveWindow = ReceiveWindow(size: receiveWindow)
    }
}
