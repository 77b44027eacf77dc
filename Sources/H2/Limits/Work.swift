// SPDX-License-Identifier: MIT

/// The useful work of a connection, which restores the budgets.
///
/// The hot path only adds to these sums. When something is taken from a budget, it reads the sum
/// and adds the growth since it last read it.
package struct Work: Hashable, Sendable {
    /// Requests that both sides ended, each by its weight.
    package var requests = 0
    /// Header sections of messages received.
    package var sections = 0
    /// DATA frames received that are not empty.
    package var receivedFrames = 0
    /// Bytes of DATA received, padding left out.
    package var receivedBytes = 0
    /// DATA frames sent that are not empty.
    package var sentFrames = 0
    /// Bytes of DATA sent, padding included.
    package var sentBytes = 0
    /// DATA frames sent for which a peer may send WINDOW_UPDATE.
    package var creditedFrames = 0
    /// Requests sent.
    package var sentRequests = 0
    /// Streams that this side reset.
    package var resets = 0
    /// Bytes of DATA that the caller acknowledged, or by which it opened a window.
    package var acknowledgedBytes = 0

    package init() {}

    /// Coins of a reset: 16,384 bytes of DATA restore one.
    package static let resetPrice = 16_384
    /// Control frames that a completed request restores for each unit of its cost.
    package static let controlFramesOfRequest = 8
    /// Coins of a WINDOW_UPDATE: 32 bytes of DATA restore one.
    package static let windowUpdatePrice = 32

    /// Coins earned for resets.
    var forResets: Int {
        requests &* (2 &* Self.resetPrice) &+ receivedBytes &+ sentBytes
    }
}
