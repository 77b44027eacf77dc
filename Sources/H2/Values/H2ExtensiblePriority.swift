// SPDX-License-Identifier: MIT

/// The priority of a response, or of queued data, by RFC 9218: an urgency, and whether the content
/// is useful before it is complete.
///
/// It replaces the priority tree of RFC 7540, which is ``H2Priority``.
public struct H2ExtensiblePriority: Hashable, Sendable {
    /// The urgency, 0 to 7: data with a lower number goes first. The default is 3. RFC 9218 §4.1.
    public var urgency: Int
    /// Whether the stream takes turns with others of its urgency, one frame of up to 16 KiB each: if
    /// the caller takes less output, that many bytes in several frames. Streams that are not
    /// incremental go first, one after the other. RFC 9218 §4.2.
    public var isIncremental: Bool

    /// Creates a priority. The default values are those of RFC 9218 §4.
    public init(urgency: Int = 3, isIncremental: Bool = false) {
        self.urgency = urgency
        self.isIncremental = isIncremental
    }
}
