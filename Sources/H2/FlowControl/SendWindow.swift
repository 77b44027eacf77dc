// SPDX-License-Identifier: MIT

/// The flow-control window for data that this side sends on the connection or on a stream.
package struct SendWindow: Hashable, Sendable {
    /// The number of bytes that may be sent; negative after the peer lowered INITIAL_WINDOW_SIZE,
    /// RFC 9113 §6.9.2.
    package private(set) var available: Int {
        get { Int(storedAvailable) }
        set { storedAvailable = Int32(clamping: newValue) }
    }
    // No window is larger than 2^31-1, and `Int32` keeps stream records small.
    private var storedAvailable: Int32

    package init(size: Int) { storedAvailable = Int32(clamping: size) }

    /// Records a sent DATA frame of this flow-controlled length.
    package mutating func use(_ length: Int) { available -= length }

    /// Returns whether the window can grow by `increment` without exceeding the maximum size.
    package func canGrow(by increment: Int) -> Bool {
        available + increment <= FlowControl.maxWindowSize
    }

    /// Records a WINDOW_UPDATE, or a change of INITIAL_WINDOW_SIZE, which may be negative.
    package mutating func grow(by increment: Int) { available += increment }
}
