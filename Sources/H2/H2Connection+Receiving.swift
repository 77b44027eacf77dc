// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Processes received bytes and returns their events in order. In h2: `receive_data`.
    ///
    /// The bytes may end anywhere: H2 keeps part of a frame until the rest arrives. A payload
    /// longer than 1 KiB shares the array if it is at least an eighth of the array and a sixteenth
    /// of the array's capacity; any other payload is a copy. After `closeConnection`, H2 ignores
    /// all bytes.
    ///
    /// - Parameters:
    ///   - bytes: All bytes that the transport read, in order.
    ///   - instant: The time on the caller's monotonic clock, which restores the budgets of
    ///     `H2Limits`. Pass it in every call: H2 reads no clock.
    /// - Throws: With `origin == .remote`, any error that the peer can cause; with `origin ==
    ///   .local`, `.internalError`. Both end the connection and queue GOAWAY, except that an
    ///   invalid client preface queues none. Every further call throws the same error. The events
    ///   from before the error are in `precedingEvents`. Before the connection is initiated,
    ///   `.notInitiated`, which changes nothing.
    public func receiveData(
        _ bytes: [UInt8], at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try receiveData(bytes[...], at: instant, into: &events)
        }
    }

    /// Processes a slice of received bytes in the same way as an array.
    ///
    /// You can pass a buffer as `buffer[..<count]` and read into it again. If you still hold an
    /// event that shares the buffer, the next write to it copies the whole buffer: release those
    /// events first, read into a new array, or use `receiveData(copying:)`.
    public func receiveData(
        _ bytes: ArraySlice<UInt8>, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try receiveData(bytes, at: instant, into: &events)
        }
    }

    /// Processes borrowed bytes, copies their payloads, and returns their events.
    public func receiveData(
        copying bytes: Span<UInt8>, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try receiveData(copying: bytes, at: instant, into: &events)
        }
    }

    /// Processes borrowed bytes, copies their payloads, and returns their events.
    @unsafe
    public func receiveData(
        copying bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try unsafe receiveData(copying: bytes, at: instant, into: &events)
        }
    }

    /// Processes received bytes and appends their events to `events`, which the caller can reuse.
    ///
    /// If the call throws, the array contains the events from before the error, and
    /// `precedingEvents` is empty.
    public func receiveData(
        _ bytes: [UInt8], at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try receiveData(bytes[...], at: instant, into: &events)
    }

    /// Processes a slice of received bytes and appends their events to `events`.
    public func receiveData(
        _ bytes: ArraySlice<UInt8>, at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(H2Error) in
            try unsafe core.receive(
                UnsafeRawBufferPointer(buffer), owner: bytes, at: instant, &events)
        }
    }

    /// Processes borrowed bytes, copies their payloads, and appends their events to `events`.
    public func receiveData(
        copying bytes: Span<UInt8>, at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe bytes.withUnsafeBytes { buffer throws(H2Error) in
            try unsafe core.receive(buffer, owner: nil, at: instant, &events)
        }
    }

    /// Processes borrowed bytes, copies their payloads, and appends their events to `events`.
    @unsafe
    public func receiveData(
        copying bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil,
        into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe core.receive(bytes, owner: nil, at: instant, &events)
    }

    /// Calls `body` with a new array, and adds the array to an error as its `precedingEvents`.
    private func collecting(
        _ body: (inout [H2Event]) throws(H2Error) -> Void
    ) throws(H2Error) -> [H2Event] {
        var events: [H2Event] = []
        // Most calls return at most this many events. Growing the array step by step would cost 4 %
        // of a request.
        events.reserveCapacity(4)
        do throws(H2Error) {
            try body(&events)
        } catch {
            var error = error
            error.precedingEvents = events
            throw error
        }
        return events
    }
}
