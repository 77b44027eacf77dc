// SPDX-License-Identifier: MIT

/// How much flow-controlled data this side may send, for a connection or a stream.
package struct SendWindow: Hashable, Sendable {
    /// Bytes that may be sent; negative after the peer lowered INITIAL_WINDOW_SIZE, RFC 9113
    /// §6.9.2.
    package private(set) var available: Int {
        get { Int(storedAvailable) }
        set { storedAvailable = Int32(clamping: newValue) }
    }
    // No window exceeds 2^31-1, and a stream's record is to stay small.
    private var storedAvailable: Int32

    package init(size: Int) { storedAvailable = Int32(clamping: size) }

    /// Uses up the window for a DATA frame of that flow-controlled length.
    package mutating func use(_ length: Int) { available -= length }

    /// Whether the window can grow by that much, by WINDOW_UPDATE or INITIAL_WINDOW_SIZE.
    package func canGrow(by increment: Int) -> Bool {
        available + increment <= FlowControl.largestWindow
    }

    /// Changes the window by a WINDOW_UPDATE or a change of INITIAL_WINDOW_SIZE, which may be
    /// negative.
    package mutating func grow(by increment: Int) { available += increment }
}
