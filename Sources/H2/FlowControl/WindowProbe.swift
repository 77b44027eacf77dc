// SPDX-License-Identifier: MIT

/// Measures the bandwidth-delay product: a PING takes one round trip, and the DATA that arrives
/// meanwhile is what the path carries in that time.
struct WindowProbe {
    /// The shortest time from the begin of a probe to the next, in nanoseconds.
    private static let minInterval: UInt64 = 10_000_000
    /// The longest one. Each probe that changes nothing doubles the interval.
    private static let maxInterval: UInt64 = 10_000_000_000
    /// The number of streams whose bytes a probe counts. Others do not grow before the next one.
    private static let maxStreams = 256

    /// A number for each probe, from 1; 0 stands for none.
    private(set) var number: UInt32 = 0
    private(set) var isInFlight = false
    private var sentAt: UInt64 = 0
    /// The number of bytes of DATA that arrived during the probe, padding included.
    private(set) var byteCount = 0
    /// The streams on which some of them arrived.
    private(set) var streams: [UInt32] = []
    private var nextAt: UInt64 = 0
    private var interval = minInterval

    /// Returns whether a probe may begin now.
    ///
    /// - Parameter isEager: Whether to wait only for the shortest interval.
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

    /// Records that bytes arrived on a stream for the first time during this probe.
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

    /// Returns the time after the begin of the last probe.
    private func time(_ interval: UInt64) -> UInt64 {
        let (time, overflow) = sentAt.addingReportingOverflow(interval)
        return overflow ? .max : time
    }

    /// Returns the new size of a window of `size` bytes on which `byteCount` bytes arrived in a round trip; `nil` if
    /// it need not grow. Twice the bandwidth-delay product leaves room until credit arrives.
    static func growth(of size: Int, afterReceiving byteCount: Int, upTo maximum: Int) -> Int? {
        // Credit is given for each quarter of a window: a sender that the window limits uses at
        // least three quarters in a round trip.
        guard byteCount * 3 >= size * 2, size < maximum else { return nil }
        let grown = min(max(byteCount * 2, size), maximum)
        return grown > size ? grown : nil
    }
}
