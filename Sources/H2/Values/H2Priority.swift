// SPDX-License-Identifier: MIT

/// The position of a stream in the priority tree of RFC 7540 §5.3, deprecated by RFC 9113 §5.3.2.
///
/// In h2: the arguments `priority_weight`, `priority_depends_on` and `priority_exclusive`.
public struct H2Priority: Hashable, Sendable {
    /// The weight, 1 to 256.
    public var weight: Int
    /// The stream that this stream depends on, or 0 for none.
    public var dependsOn: H2StreamID
    /// Whether the other dependents of `dependsOn` become dependents of this stream.
    public var isExclusive: Bool

    /// Creates a priority. The default values are those of RFC 7540 §5.3.5.
    public init(weight: Int = 16, dependsOn: H2StreamID = .connection, isExclusive: Bool = false) {
        self.weight = weight
        self.dependsOn = dependsOn
        self.isExclusive = isExclusive
    }
}
