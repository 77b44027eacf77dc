// SPDX-License-Identifier: MIT

/// What a peer may still send, for the connection or a stream, and the one ledger of what it sent
/// before.
///
/// At any time, what the peer sent = what was credited back + `held` + `owed`. When to credit is
/// h2's `WindowManager`, to the letter.
package struct ReceiveWindow: Hashable, Sendable {
    /// Bytes that the peer may still send; negative after INITIAL_WINDOW_SIZE was lowered. RFC 9113
    /// §6.9.2.
    package private(set) var available: Int {
        get { Int(storedAvailable) }
        set { storedAvailable = Int32(clamping: newValue) }
    }
    /// The largest size that the window had: what a credit fills it up to.
    package private(set) var maximum: Int {
        get { Int(storedMaximum) }
        set { storedMaximum = Int32(clamping: newValue) }
    }
    // No window is larger than 2^31-1, and records of streams are to be small.
    private var storedAvailable: Int32
    private var storedMaximum: Int32
    /// Bytes received that the caller did not acknowledge yet.
    package private(set) var held = 0
    /// Bytes done with that were not yet credited.
    package private(set) var owed = 0

    package init(size: Int) {
        self.storedAvailable = Int32(clamping: size)
        self.storedMaximum = Int32(clamping: size)
    }

    /// Whether a frame of that flow-controlled length fits. An empty one always does, RFC 9113
    /// §6.9.1.
    package func fits(_ length: Int) -> Bool { length == 0 || length <= available }

    /// Books a frame that is handed to the caller.
    package mutating func receive(_ length: Int) {
        available -= length
        held += length
    }

    /// Books a frame that the caller will never see.
    package mutating func receiveIgnored(_ length: Int) {
        available -= length
        owed += length
    }

    /// Books that the caller is done with so many bytes; more than it holds changes nothing.
    package mutating func acknowledge(_ length: Int) {
        let fresh = min(length, held)
        held -= fresh
        owed += fresh
    }

    /// The credit that is due now, 0 for none; it is booked as given. In h2:
    /// `_maybe_update_window`.
    package mutating func takeCredit() -> Int {
        guard owed > 0 else { return 0 }
        let isStalled = available == 0 && owed > min(1_024, maximum / 4)
        guard isStalled || owed >= maximum / 2 else { return 0 }
        // What does not fit was credited before, by opening the window by hand.
        let increment = min(owed, maximum - available)
        owed = 0
        available += increment
        return increment
    }

    /// Whether the window may grow by that much by hand, and then by a change of
    /// INITIAL_WINDOW_SIZE that is announced.
    package func canOpen(by increment: Int, announced delta: Int = 0) -> Bool {
        max(maximum, available + increment) + max(0, delta) <= FlowControl.largestWindow
    }

    /// Whether a change of INITIAL_WINDOW_SIZE leaves the window in its bounds, and the size that
    /// credits fill it up to.
    package func canChangeInitialSize(by delta: Int) -> Bool {
        maximum + delta <= FlowControl.largestWindow
    }

    /// Books a credit by hand. In h2: `window_opened`.
    package mutating func open(by increment: Int) {
        available += increment
        maximum = max(maximum, available)
    }

    /// Books a change of INITIAL_WINDOW_SIZE, RFC 9113 §6.9.2.
    package mutating func initialSizeChanged(by delta: Int) {
        available += delta
        maximum += delta
    }
}
