// SPDX-License-Identifier: MIT

/// The PING frames that this side sent and the peer has not acknowledged, RFC 9113 §6.7.
struct Pings: Sendable {
    private var unanswered = 0

    mutating func sent() { unanswered += 1 }

    /// Records an acknowledgement; returns false if no PING is unanswered.
    mutating func acknowledged() -> Bool {
        guard unanswered > 0 else { return false }
        unanswered -= 1
        return true
    }
}
