// SPDX-License-Identifier: MIT

/// The priority of a response or of queued data, RFC 9218: an urgency, and whether the content is
/// useful before it is complete.
///
/// RFC 9218 replaces the priority tree of RFC 7540, whose priorities are ``H2Priority``.
public struct H2ExtensiblePriority: Hashable, Sendable {
    /// The urgency, from 0, which is sent first, to 7. The default is 3. RFC 9218 §4.1.
    public var urgency: Int
    /// Whether the stream takes turns with the other incremental streams of its urgency, up to 16
    /// KiB of data each. Streams that are not incremental are sent first, one after the other. RFC
    /// 9218 §4.2.
    public var isIncremental: Bool

    /// Creates a priority. The default arguments are the defaults of RFC 9218 §4.
    public init(urgency: Int = 3, isIncremental: Bool = false) {
        self.urgency = urgency
        self.isIncremental = isIncremental
    }
}
