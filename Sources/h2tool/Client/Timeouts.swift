// SPDX-License-Identifier: MIT

import H2

/// How long a client waits.
struct Timeouts {
    /// The time to connect to each address of a host.
    let connect: Duration
    /// The time for the server to send the next part of the response, or to accept the next part of
    /// the request.
    let idle: Duration
    /// The total time for one URL; `nil` for no limit.
    let total: Duration?

    /// For ending a connection without waiting.
    static let none = Timeouts(connect: .zero, idle: .zero, total: .zero)
}

/// A timeout. The exit status of the program is 28, as with curl.
struct TimedOut: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, _ time: Duration, _ option: String) {
        description = "\(what) in \(time.inSeconds) (\(option))"
    }
}

/// The deadlines of one URL, except those for sending the request, which H2 handles.
struct Deadlines {
    let timeouts: Timeouts
    private let end: H2Instant?
    /// The last time when the server sent a part of the response or had to wait for this side.
    private var lastProgress: H2Instant

    init(_ timeouts: Timeouts) {
        self.timeouts = timeouts
        lastProgress = .now
        end = timeouts.total.map { [lastProgress] in lastProgress.advanced(by: $0) }
    }

    private var idleEnd: H2Instant { lastProgress.advanced(by: timeouts.idle) }
    var next: H2Instant { min(idleEnd, end ?? idleEnd) }

    mutating func recordProgress() { lastProgress = .now }

    /// Whether a deadline has passed.
    var isOver: Bool { next <= .now }

    /// Throws if a deadline has passed.
    ///
    /// - Parameter isSilent: Whether the server has sent nothing.
    func check(isSilent: Bool) throws(TimedOut) {
        if let timedOut = timedOut("the response was not complete") { throw timedOut }
        if idleEnd <= .now { throw idle("the server sent nothing more", isSilent: isSilent) }
    }

    /// Returns the error for a deadline of H2.
    func expired(_ deadline: H2Deadline, isSilent: Bool) -> TimedOut {
        let what =
            deadline == .drainRate
            ? "the server did not open its flow-control window"
            : "the server accepted nothing more of the request"
        return idle(what, isSilent: isSilent)
    }

    private func idle(_ what: String, isSilent: Bool) -> TimedOut {
        let silence = "the server, which may not speak HTTP/2 without TLS, sent nothing"
        return TimedOut(isSilent ? silence : what, timeouts.idle, "--idle-timeout")
    }

    /// Returns an error if the URL has taken too long.
    private func timedOut(_ what: String) -> TimedOut? {
        guard let end, end <= .now, let total = timeouts.total else { return nil }
        return TimedOut(what, total, "--max-time")
    }

    /// The milliseconds until the next deadline, for `Descriptor.wait`.
    var milliseconds: Int32 { H2Instant.now.milliseconds(until: next) }

    /// The milliseconds that connecting to one address may take.
    var connectMilliseconds: Int32 {
        let now = H2Instant.now
        let limit = now.advanced(by: timeouts.connect)
        return now.milliseconds(until: min(limit, end ?? limit))
    }

    func connectTimedOut(_ target: Target) -> TimedOut {
        let what = "no connection to \(target.host) port \(target.port)"
        return timedOut(what) ?? TimedOut(what, timeouts.connect, "--connect-timeout")
    }
}
