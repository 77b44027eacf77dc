// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_deadlines_init(
    _ deadlines: UnsafeMutablePointer<h2_deadlines>?, _ size: Int
) -> Int32 {
    guard let deadlines = unsafe deadlines,
        VersionedStruct.isPossible(size, firstSize: VersionedStruct.firstDeadlinesSize)
    else { return CConstants.invalidArgument }
    unsafe VersionedStruct.write(h2_deadlines(H2Deadlines()), size: size, to: deadlines)
    return CConstants.ok
}

@c @implementation
public func h2_connection_advance(_ connection: OpaquePointer?, _ nanoseconds: UInt64) -> Int32 {
    unsafe call(connection) { handle in
        handle.connection.advance(to: H2Instant(nanoseconds: nanoseconds))
        return CConstants.ok
    }
}

@c @implementation
public func h2_connection_next_deadline(
    _ connection: OpaquePointer?, _ nanoseconds: UnsafeMutablePointer<UInt64>?
) -> Int32 {
    // `UInt64.max` is H2_NO_DEADLINE.
    unsafe read(connection, nanoseconds) { $0.nextDeadline?.rawValue ?? .max }
}

@c @implementation
public func h2_connection_handle_deadlines(
    _ connection: OpaquePointer?, _ nanoseconds: UInt64
) -> Int32 {
    unsafe call(connection) { handle in
        if unsafe handle.inbox.isPending { return handle.recordEventsPending() }
        unsafe handle.inbox.handleDeadlines(
            at: H2Instant(nanoseconds: nanoseconds), of: handle.connection)
        return CConstants.ok
    }
}

@c @implementation
public func h2_last_error_deadline(_ connection: OpaquePointer?) -> Int32 {
    guard let connection = unsafe connection else {
        return CConstants.deadline(nil)
    }
    return unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(connection))
        .takeUnretainedValue().lastDeadline
}

// MARK: Durations in nanoseconds, 0 for none

/// Returns a duration as a number for C.
func nanoseconds(_ duration: Duration?) -> Int64 {
    duration.map { Int64(clamping: H2Instant($0).rawValue) } ?? 0
}

/// Returns the duration for a number from C.
///
/// - Throws: `.invalidArgument` if it is negative.
private func duration(_ nanoseconds: Int64) throws(H2Error) -> Duration? {
    guard nanoseconds >= 0 else { throw .misuse("deadline is negative") }
    return nanoseconds == 0 ? nil : .nanoseconds(nanoseconds)
}

extension h2_deadlines {
    init(_ deadlines: H2Deadlines) {
        self.init()
        first_settings = nanoseconds(deadlines.firstSettings)
        settings_acknowledgement = nanoseconds(deadlines.settingsAcknowledgement)
        field_block = nanoseconds(deadlines.fieldBlock)
        idle = nanoseconds(deadlines.idle)
        if let keepalive = deadlines.keepalive {
            keepalive_interval = nanoseconds(keepalive.interval)
            keepalive_answer = nanoseconds(keepalive.answer)
            keepalive_without_streams = keepalive.pingsWithoutStreams ? 1 : 0
        }
        stream_inactivity = nanoseconds(deadlines.streamInactivity)
        if let rate = deadlines.drainRate {
            drain_rate_bytes = Int64(rate.bytes)
            drain_rate_interval = nanoseconds(rate.interval)
        }
        output = nanoseconds(deadlines.output)
        shutdown_announcement = nanoseconds(deadlines.shutdownAnnouncement)
        shutdown = nanoseconds(deadlines.shutdown)
        maximum_age = nanoseconds(deadlines.maximumAge)
    }
}

extension H2Deadlines {
    /// Creates deadlines from the C structure.
    init(_ pointer: UnsafePointer<h2_deadlines>) throws(H2Error) {
        self.init()
        let deadlines = try unsafe VersionedStruct.read(
            pointer, firstSize: VersionedStruct.firstDeadlinesSize, defaults: h2_deadlines(self))
        firstSettings = try duration(deadlines.first_settings)
        settingsAcknowledgement = try duration(deadlines.settings_acknowledgement)
        fieldBlock = try duration(deadlines.field_block)
        idle = try duration(deadlines.idle)
        keepalive = try Keepalive(deadlines)
        streamInactivity = try duration(deadlines.stream_inactivity)
        drainRate = try DrainRate(deadlines)
        output = try duration(deadlines.output)
        shutdownAnnouncement = try duration(deadlines.shutdown_announcement)
        shutdown = try duration(deadlines.shutdown)
        maximumAge = try duration(deadlines.maximum_age)
    }
}

extension H2Deadlines.Keepalive {
    /// Creates the keepalive from the C structure; `nil` if it is off.
    fileprivate init?(_ deadlines: h2_deadlines) throws(H2Error) {
        let interval = try duration(deadlines.keepalive_interval)
        let answer = try duration(deadlines.keepalive_answer)
        guard let interval, let answer else {
            guard interval == nil, answer == nil else {
                throw .misuse("only one of keepalive_interval and keepalive_answer is set")
            }
            return nil
        }
        self.init(
            interval: interval, answer: answer,
            pingsWithoutStreams: deadlines.keepalive_without_streams != 0)
    }
}

extension H2Deadlines.DrainRate {
    /// Creates the drain rate from the C structure; `nil` if it is off.
    fileprivate init?(_ deadlines: h2_deadlines) throws(H2Error) {
        let bytes = deadlines.drain_rate_bytes
        guard bytes >= 0 else { throw .misuse("drain_rate_bytes is negative") }
        let interval = try duration(deadlines.drain_rate_interval)
        guard let interval, bytes > 0 else {
            guard interval == nil, bytes == 0 else {
                throw .misuse("only one of drain_rate_bytes and drain_rate_interval is set")
            }
            return nil
        }
        self.init(bytes: Int(clamping: bytes), per: interval)
    }
}
