// SPDX-License-Identifier: MIT

/// The flow-control window for data that the peer sends on the connection or on a stream.
///
/// The bytes received are always the sum of the bytes credited, `held` and `uncredited`. Credit is
/// due at the same times as in h2's `WindowManager`.
package struct ReceiveWindow: Hashable, Sendable {
    /// The number of bytes that the peer may still send; negative after INITIAL_WINDOW_SIZE was
    /// lowered, RFC 9113 §6.9.2.
    package private(set) var available: Int {
        get { Int(storedAvailable) }
        set { storedAvailable = Int32(clamping: newValue) }
    }
    /// The size up to which credit fills the window: its largest size so far, adjusted for changes
    /// of INITIAL_WINDOW_SIZE.
    package private(set) var maximum: Int {
        get { Int(storedMaximum) }
        set { storedMaximum = Int32(clamping: newValue) }
    }
    // No window is larger than 2^31-1, and `Int32` keeps stream records small.
    private var storedAvailable: Int32
    private var storedMaximum: Int32
    /// The number of received bytes that the caller has not acknowledged.
    package private(set) var held = 0
    /// Acknowledged or ignored bytes that were not yet credited.
    package private(set) var uncredited = 0

    package init(size: Int) {
        self.storedAvailable = Int32(clamping: size)
        self.storedMaximum = Int32(clamping: size)
    }

    /// Returns whether a frame of this flow-controlled length fits. An empty frame always fits, RFC
    /// 9113 §6.9.1.
    package func fits(_ length: Int) -> Bool { length == 0 || length <= available }

    /// Records a frame that the caller has to acknowledge.
    package mutating func receive(_ length: Int) {
        available -= length
        held += length
    }

    /// Records a frame that is not reported to the caller.
    package mutating func receiveIgnored(_ length: Int) {
        available -= length
        uncredited += length
    }

    /// Records that the caller acknowledged `length` bytes, or all of `held` if that is less.
    package mutating func acknowledge(_ length: Int) {
        let acknowledged = min(length, held)
        held -= acknowledged
        uncredited += acknowledged
    }

    /// Returns the credit that is due, or 0, and records it as given. In h2:
    /// `_maybe_update_window`.
    ///
    /// - Parameter early: Whether credit is due for a quarter of the window instead of half.
    package mutating func takeCredit(early: Bool = false) -> Int {
        guard uncredited > 0 else { return 0 }
        let isStalled = available == 0 && uncredited > min(1_024, maximum / 4)
        guard isStalled || uncredited >= (early ? maximum / 4 : maximum / 2) else { return 0 }
        // The rest was already credited, by `open(by:)`.
        let increment = min(uncredited, maximum - available)
        uncredited = 0
        available += increment
        return increment
    }

    /// Returns whether `open(by:)`, followed by an announced change of INITIAL_WINDOW_SIZE, would
    /// keep the window within its maximum size.
    package func canOpen(by increment: Int, announced delta: Int = 0) -> Bool {
        max(maximum, available + increment) + max(0, delta) <= FlowControl.maxWindowSize
    }

    /// Returns whether a change of INITIAL_WINDOW_SIZE would keep `maximum`, which the window never
    /// exceeds, within the maximum size of a window.
    package func canChangeInitialSize(by delta: Int) -> Bool {
        maximum + delta <= FlowControl.maxWindowSize
    }

    /// Records credit that the caller gives explicitly. In h2: `window_opened`.
    package mutating func open(by increment: Int) {
        available += increment
        maximum = max(maximum, available)
    }

    /// Records a change of INITIAL_WINDOW_SIZE, RFC 9113 §6.9.2.
    package mutating func initialSizeChanged(by delta: Int) {
        available += delta
        maximum += delta
    }

    /// Records credit that enlarges the window, including `maximum`.
    package mutating func enlarge(by increment: Int) { initialSizeChanged(by: increment) }
}
