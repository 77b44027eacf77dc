// SPDX-License-Identifier: MIT

package import H2

extension H2Instant {
    package static var now: H2Instant { H2Instant(ContinuousClock.now) }

    /// Returns the milliseconds until `end`, at most 1,000,000, or -1 for no end. The number is
    /// rounded up, so that the end has passed after the wait.
    func milliseconds(until end: H2Instant?) -> Int32 {
        guard let end else { return -1 }
        guard end > self else { return 0 }
        return Int32(min((end.rawValue - rawValue - 1) / 1_000_000 + 1, 1_000_000))
    }
}

extension Duration {
    /// The time in seconds, such as `60 s` and `0.2 s`.
    var inSeconds: String {
        let seconds = self / .seconds(1)
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}
