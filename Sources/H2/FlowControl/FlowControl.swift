// SPDX-License-Identifier: MIT

/// The two windows of a connection or of a stream, RFC 9113 §5.2.
package struct FlowControl: Hashable, Sendable {
    /// No window may be larger, RFC 9113 §6.9.1.
    package static let largestWindow = 0x7fff_ffff

    /// What the peer may send.
    package var receive: ReceiveWindow
    /// What this side may send.
    package var send: SendWindow

    package init(receive: Int, send: Int) {
        self.receive = ReceiveWindow(size: receive)
        self.send = SendWindow(size: send)
    }
}
