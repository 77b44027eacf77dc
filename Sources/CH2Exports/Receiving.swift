// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_connection_receive(
    _ connection: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: Int
) -> Int32 {
    unsafe receive(connection, bytes, count, at: nil)
}

@c @implementation
public func h2_connection_receive_at(
    _ connection: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: Int, _ nanoseconds: UInt64
) -> Int32 {
    unsafe receive(connection, bytes, count, at: H2Instant(nanoseconds: nanoseconds))
}

@c @implementation
public func h2_connection_next_event(
    _ connection: OpaquePointer?, _ event: UnsafeMutablePointer<h2_event>?
) -> Int32 {
    unsafe call(connection) { handle in
        guard let event = unsafe event else {
            return handle.record(.misuse("pointer argument is NULL"))
        }
        guard let position = unsafe handle.inbox.next() else {
            return unsafe handle.endEvents(event)
        }
        unsafe handle.fill(event, fromEventAt: position)
        return 1
    }
}

@c @implementation
public func h2_connection_has_events(_ connection: OpaquePointer?) -> Int32 {
    unsafe call(connection) { handle in
        unsafe handle.inbox.hasNext || handle.connection.hasEvents ? 1 : 0
    }
}

@c @implementation
public func h2_connection_lost(_ connection: OpaquePointer?) -> Int32 {
    unsafe call(connection) { handle in
        unsafe handle.inbox.lose(handle.connection)
        return CConstants.ok
    }
}

@inline(__always)
private func receive(
    _ connection: OpaquePointer?, _ start: UnsafeRawPointer?, _ count: Int, at instant: H2Instant?
) -> Int32 {
    var pending: Int32?
    let result = unsafe call(connection) { handle throws(H2Error) in
        let input = try unsafe bytes(start, count)
        if unsafe handle.inbox.isPending {
            pending = handle.recordEventsPending()
        } else {
            try unsafe handle.inbox.receive(input, at: instant, by: handle.connection)
        }
    }
    return pending ?? result
}
