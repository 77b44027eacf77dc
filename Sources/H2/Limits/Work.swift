// SPDX-License-Identifier: MIT

/// The useful work of a connection, which restores the budgets.
///
/// The hot path only adds to these sums. A budget reads its sum when units are taken, and restores
/// the growth since it last read the sum.
package struct Work: Hashable, Sendable {
    /// The costs of all requests that both sides ended.
    package var requests = 0
    /// The number of received header and trailer sections on live streams.
    package var sections = 0
    /// The number of received DATA frames that contain data.
    package var receivedFrames = 0
    /// The bytes of received DATA, padding excluded.
    package var receivedBytes = 0
    /// The number of sent DATA frames whose payload is not empty.
    package var sentFrames = 0
    /// The bytes of sent DATA, padding included.
    package var sentBytes = 0
    /// The number of sent DATA frames that restore `windowUpdates` in addition to their bytes.
    package var creditedFrames = 0
    /// The number of sent requests.
    package var sentRequests = 0
    /// The number of streams that this side reset or refused.
    package var resets = 0
    /// The bytes that the caller acknowledged, or by which it enlarged a window.
    package var acknowledgedBytes = 0

    package init() {}

    /// The tokens of a reset: 16,384 bytes of DATA restore one reset.
    package static let tokensPerReset = 16_384
    /// The number of control frames that a completed request restores for each unit of its cost.
    package static let controlFramesOfRequest = 8
    /// The tokens of a WINDOW_UPDATE: 32 bytes of DATA restore one WINDOW_UPDATE.
    package static let tokensPerWindowUpdate = 32

    /// The tokens restored for resets.
    var tokensForResets: Int {
        requests &* (2 &* Self.tokensPerReset) &+ receivedBytes &+ sentBytes
    }
}
