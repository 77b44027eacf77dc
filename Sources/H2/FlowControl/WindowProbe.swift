// SPDX-License-Identifier: MIT

/// Measures the bandwidth-delay product: a PING takes one round trip, and the DATA that arrives in
/// the meantime is what the path carries in that time.
struct WindowProbe {
    /// The minimum time from the start of a probe to that of the next, in nanoseconds.
    private static let minInterval: UInt64 = 10_000_000
    /// The maximum of this time. Each probe after which no window grows doubles the time.
    private static let maxInterval: UInt64 = 10_000_000_000
    /// The maximum number of streams whose bytes a probe counts. The windows of others do not grow
    /// before the next probe.
    private static let maxStreams = 256

    /// The number of the last probe, from 1; 0 before the first.
    private(set) var number: UInt32 = 0
    private(set) var isInFlight = false
    private var sentAt: UInt64 = 0
    /// The number of bytes of DATA that arrived during the probe, padding included.
    private(set) var byteCount = 0
    /// The streams on which these bytes arrived.
    private(set) var streams: [UInt32] = []
    private var nextAt: UInt64 = 0
    private var interval = minInterval

    /// Returns whether a probe may begin now.
    ///
    /// - Parameter isEager: Whether to wait only for the minimum interval.
    func isDue(at now: UInt64, isEager: Bool) -> Bool {
        !isInFlight && now >= (isEager ? min(nextAt, time(Self.minInterval)) : nextAt)
    }

    mutating func begin(at now: UInt64) {
        number = number == .max ? 1 : number + 1
        isInFlight = true
        sentAt = now
        byteCount = 0
        streams.removeAll(keepingCapacity: true)
    }

    /// Counts bytes that arrived during a probe.
    mutating func count(_ length: Int) { byteCount += length }

    /// Records that bytes arrived on a stream for the first time during this probe; returns false
    /// if the probe already has the maximum number of streams.
    mutating func include(_ id: UInt32) -> Bool {
        guard streams.count < Self.maxStreams else { return false }
        streams.append(id)
        return true
    }

    /// Ends the probe; returns the round-trip time in nanoseconds.
    mutating func end(at now: UInt64) -> UInt64 {
        isInFlight = false
        return now - sentAt
    }

    /// Ends the probe without a result.
    mutating func cancel() {
        isInFlight = false
        nextAt = time(interval)
    }

    /// Plans the next probe.
    mutating func plan(hasGrown: Bool) {
        interval = hasGrown ? Self.minInterval : min(interval * 2, Self.maxInterval)
        nextAt = time(interval)
    }

    /// Returns the time at `interval` after the start of the last probe.
    private func time(_ interval: UInt64) -> UInt64 {
        let (time, overflow) = sentAt.addingReportingOverflow(interval)
        return overflow ? .max : time
    }

    /// Returns the new size of a window of `size` bytes after `byteCount` bytes arrived in a round
    /// trip; `nil` if the window need not grow. The new size is twice the bandwidth-delay product,
    /// so that the peer can continue until a WINDOW_UPDATE arrives.
    static func growth(of size: Int, afterReceiving byteCount: Int, upTo maximum: Int) -> Int? {
        // H2 credits each quarter of a window, so a sender that the window limits uses about three
        // quarters of it or more in a round trip.
        guard byteCount * 3 >= size * 2, size < maximum else { return nil }
        let grown = min(max(byteCount * 2, size), maximum)
        return grown > size ? grown : nil
    }
}
