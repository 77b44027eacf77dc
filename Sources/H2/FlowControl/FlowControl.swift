// SPDX-License-Identifier: MIT

/// The two windows of a connection or of a stream, RFC 9113 §5.2.
package struct FlowControl: Hashable, Sendable {
    /// The size of a new window, unless INITIAL_WINDOW_SIZE changes that of streams, RFC 9113
    /// §6.9.2.
    package static let initialWindowSize = 65_535
    /// The maximum size of a window, RFC 9113 §6.9.1.
    package static let maxWindowSize = 0x7fff_ffff

    /// The window for data that the peer sends.
    package var receive: ReceiveWindow
    /// The window for data that this side sends.
    package var send: SendWindow

    package init(receive: Int, send: Int) {
        self.receive = ReceiveWindow(size: receive)
        self.send = SendWindow(size: send)
    }
}
