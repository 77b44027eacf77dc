// SPDX-License-Identifier: MIT

/// The state of automatic flow control: what the caller has not acknowledged, and the probe.
struct AutomaticWindows {
    /// Whether flow control is automatic. If not, the other properties are not used.
    let isOn: Bool
    let sizes: H2FlowControl.Automatic
    /// The number of received bytes that the caller has not acknowledged, on all streams.
    private(set) var unacknowledged = 0
    var probe = WindowProbe()

    init(_ flowControl: H2FlowControl) {
        switch flowControl {
        case .manual:
            isOn = false
            sizes = H2FlowControl.Automatic()
        case .automatic(let sizes):
            isOn = true
            self.sizes = sizes
        }
    }

    mutating func received(_ length: Int) { unacknowledged += length }

    /// Records an acknowledgement; returns the number of its bytes that were still unacknowledged.
    mutating func acknowledge(_ length: Int) -> Int {
        let acknowledged = min(length, unacknowledged)
        unacknowledged -= acknowledged
        return acknowledged
    }

    /// The number of received bytes that must not be credited to the connection yet.
    var withheld: Int { max(0, unacknowledged - sizes.maxUnacknowledged) }

    /// Returns the number of bytes that the peer may send before the caller acknowledges any, on a
    /// connection with a window of `size` bytes.
    func offered(_ size: Int) -> Int {
        guard isOn else { return size }
        let (sum, overflow) = size.addingReportingOverflow(sizes.maxUnacknowledged)
        return overflow ? .max : sum
    }

    /// Whether all sizes are in range.
    var isValid: Bool {
        sizes.streamWindow >= 0 && sizes.streamWindow <= sizes.maxStreamWindow
            && sizes.connectionWindow >= FlowControl.initialWindowSize
            && sizes.connectionWindow <= sizes.maxConnectionWindow
            && max(sizes.maxStreamWindow, sizes.maxConnectionWindow) <= 1 << 30
            && sizes.maxUnacknowledged >= 0
    }
}
