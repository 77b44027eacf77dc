// SPDX-License-Identifier: MIT

/// A stream's place in the priority tree of RFC 7540 §5.3, which RFC 9113 §5.3 deprecates.
///
/// In h2: the arguments `priority_weight`, `priority_depends_on` and `priority_exclusive`.
public struct H2Priority: Hashable, Sendable {
    /// The weight, 1 to 256.
    public var weight: Int
    /// The stream that this one depends on, or 0.
    public var dependsOn: H2StreamID
    /// Whether this stream takes over the other dependents of `dependsOn`.
    public var isExclusive: Bool

    public init(weight: Int = 16, dependsOn: H2StreamID = .connection, isExclusive: Bool = false) {
        self.weight = weight
        self.dependsOn = dependsOn
        self.isExclusive = isExclusive
    }
}
