// SPDX-License-Identifier: MIT

/// How long a client waits.
struct Timeouts {
    /// The time to connect to each address of a host.
    let connect: Duration
    /// The time for the server to send the next part of the response, or to accept the next part of
    /// the request.
    let idle: Duration
    /// The time for everything that one URL needs; `nil` for no limit.
    let total: Duration?

    /// For ending a connection without waiting.
    static let none = Timeouts(connect: .zero, idle: .zero, total: .zero)
}

/// A timeout. The exit status of the program is 28, as with curl.
struct TimedOut: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, _ time: Duration, _ option: String) {
        let seconds = time / .seconds(1)
        let isWhole = seconds == seconds.rounded()
        description = "\(what) in \(isWhole ? "\(Int(seconds))" : "\(seconds)") s (\(option))"
    }
}

/// The deadlines of one URL.
struct Deadlines {
    typealias Instant = ContinuousClock.Instant

    let timeouts: Timeouts
    private let start = ContinuousClock.now
    /// When the server last made progress, or last had to wait for this side.
    private var lastProgress = ContinuousClock.now

    init(_ timeouts: Timeouts) { self.timeouts = timeouts }

    private var end: Instant? { timeouts.total.map { start + $0 } }
    private var idleEnd: Instant { lastProgress + timeouts.idle }
    private var next: Instant { min(idleEnd, end ?? idleEnd) }

    mutating func recordProgress() { lastProgress = .now }

    /// Whether a deadline has passed.
    var isOver: Bool { next <= .now }

    /// Throws if a deadline has passed.
    ///
    /// - Parameter isSilent: Whether the server has sent nothing.
    func check(isSilent: Bool) throws(TimedOut) {
        if let total = timeouts.total, start + total <= .now {
            throw TimedOut("the response was not complete", total, "--max-time")
        }
        guard idleEnd <= .now else { return }
        throw TimedOut(
            isSilent
                ? "the server, which may not speak HTTP/2 without TLS, sent nothing"
                : "the server sent or accepted nothing more", timeouts.idle, "--idle-timeout")
    }

    /// The milliseconds until the next deadline, for `Descriptor.wait`.
    var milliseconds: Int32 { Self.milliseconds(until: next) }

    /// The milliseconds that connecting to one address may take.
    var connectMilliseconds: Int32 {
        let limit = ContinuousClock.now + timeouts.connect
        return Self.milliseconds(until: min(limit, end ?? limit))
    }

    func connectTimedOut(_ target: Target) -> TimedOut {
        let what = "no connection to \(target.host) port \(target.port)"
        if let total = timeouts.total, start + total <= .now {
            return TimedOut(what, total, "--max-time")
        }
        return TimedOut(what, timeouts.connect, "--connect-timeout")
    }

    /// Returns the milliseconds until `time`, rounded up so that `time` has passed after the wait.
    static func milliseconds(until time: Instant) -> Int32 {
        let left = (ContinuousClock.now.duration(to: time) / .milliseconds(1)).rounded(.up)
        return Int32(clamping: Int(max(left, 0)))
    }
}
