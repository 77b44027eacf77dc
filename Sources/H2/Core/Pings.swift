// SPDX-License-Identifier: MIT

/// The PINGs of this side that the peer has not acknowledged.
struct Pings {
    private var unanswered = 0

    mutating func sent() { unanswered += 1 }

    /// Notes an acknowledgement; false if it answers no PING.
    mutating func acknowledged() -> Bool {
        guard unanswered > 0 else { return false }
        unanswered -= 1
        return true
    }
}
