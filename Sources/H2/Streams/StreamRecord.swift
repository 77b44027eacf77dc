// SPDX-License-Identifier: MIT

/// What is known of one live stream. Closed streams have none: `ClosedStreams` remembers how they
/// ended.
package struct StreamRecord: Sendable {
    package let id: UInt32
    package var machine = StreamStateMachine()
    /// Bytes that may be sent; negative after the peer lowered INITIAL_WINDOW_SIZE, RFC 9113
    /// §6.9.2.
    package var sendWindow: Int
    package var receiveWindow: ReceiveWindow
    var contentLength = ContentLength()
    /// What the request says about the content-length of its response.
    var responseLength = ResponseLength.announced

    init(id: UInt32, sendWindow: Int, receiveWindow: Int) {
        self.id = id
        self.sendWindow = sendWindow
        self.receiveWindow = ReceiveWindow(size: receiveWindow)
    }
}
