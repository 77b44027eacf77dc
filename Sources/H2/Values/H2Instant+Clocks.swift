// SPDX-License-Identifier: MIT

// The clocks need Swift's concurrency library. Scripts/install-c therefore leaves this file out of the
// library for C.
#if !hasFeature(Embedded)
extension H2Instant {
    // The origins of these clocks are not public, but any fixed point will do. It is long
    // before the start of the process, because all instants before it would be equal.
    private static let lead = Duration.seconds(86_400)
    private static let continuousOrigin = ContinuousClock.now - lead
    private static let suspendingOrigin = SuspendingClock.now - lead

    /// Creates an instant from an instant of the continuous clock.
    public init(_ instant: ContinuousClock.Instant) {
        self.init(Self.continuousOrigin.duration(to: instant))
    }

    /// Creates an instant from an instant of the suspending clock.
    public init(_ instant: SuspendingClock.Instant) {
        self.init(Self.suspendingOrigin.duration(to: instant))
    }
}
#endif
