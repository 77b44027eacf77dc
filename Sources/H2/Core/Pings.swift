// SPDX-License-Identifier: MIT

/// The PING frames of this side that the peer has to acknowledge, RFC 9113 §6.7.
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
