// SPDX-License-Identifier: MIT

/// The priority of a stream's queued data, RFC 9218 §4, in one byte.
package struct SendPriority: Hashable, Sendable {
    private var bits: UInt8

    package init(urgency: Int, isIncremental: Bool) {
        bits = UInt8(truncatingIfNeeded: urgency & 7) | (isIncremental ? 8 : 0)
    }

    /// The urgency, 0 to 7; 0 comes first.
    package var urgency: Int { Int(bits & 7) }
    /// Whether the stream takes turns with others of its urgency.
    package var isIncremental: Bool { bits & 8 != 0 }

    /// The default of RFC 9218 §4.1 and §4.2.
    static var standard: SendPriority { SendPriority(urgency: 3, isIncremental: false) }
    /// The default without extensible priorities: all streams take turns.
    static var fair: SendPriority { SendPriority(urgency: 3, isIncremental: true) }
}
