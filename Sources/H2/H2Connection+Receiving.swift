// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Takes bytes from the peer and returns what they mean, in order. In h2: `receive_data`.
    ///
    /// Bytes may be cut anywhere: part of a frame is kept until the rest arrives. A payload above
    /// 1 KiB shares the array if it is at least an eighth of the array and a sixteenth of its
    /// capacity; any other payload is a copy.
    ///
    /// - Parameters:
    ///   - bytes: What the transport read, all of it and in its order.
    ///   - instant: The time on the caller's monotonic clock, which restores the budgets of
    ///     `H2Limits`. Pass it in every call: H2 reads no clock.
    /// - Throws: With `origin == .remote` what the peer did wrong. GOAWAY is queued, the connection
    ///   is over, and each further call throws the same; `precedingEvents` has the events from
    ///   before. With `origin == .local` `.notInitiated`, which changes nothing, or
    ///   `.internalError`.
    public func receiveData(
        _ bytes: [UInt8], at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try receiveData(bytes[...], at: instant, into: &events)
        }
    }

    /// Takes a slice of bytes from the peer; otherwise as with an array.
    ///
    /// You can pass a buffer as `buffer[..<count]` and read into it again. If you still hold an
    /// event that shares the buffer, the next write to it copies the whole buffer: release such
    /// events first, read into a new array, or use `receiveData(copying:)`.
    public func receiveData(
        _ bytes: ArraySlice<UInt8>, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try receiveData(bytes, at: instant, into: &events)
        }
    }

    /// Takes borrowed bytes from the peer; payloads are copied.
    public func receiveData(
        copying bytes: Span<UInt8>, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try receiveData(copying: bytes, at: instant, into: &events)
        }
    }

    /// Takes borrowed bytes from the peer; payloads are copied.
    @unsafe
    public func receiveData(
        copying bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try unsafe receiveData(copying: bytes, at: instant, into: &events)
        }
    }

    /// Takes bytes from the peer and appends what they mean to `events`, which a caller can use
    /// again and again.
    ///
    /// When it throws, the events from before the error are in the array.
    public func receiveData(
        _ bytes: [UInt8], at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try receiveData(bytes[...], at: instant, into: &events)
    }

    /// Takes a slice of bytes from the peer and appends what they mean to `events`.
    public func receiveData(
        _ bytes: ArraySlice<UInt8>, at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(H2Error) in
            try unsafe core.receive(
                UnsafeRawBufferPointer(buffer), owner: bytes, at: instant, &events)
        }
    }

    /// Takes borrowed bytes from the peer and appends what they mean to `events`; payloads are
    /// copied.
    public func receiveData(
        copying bytes: Span<UInt8>, at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe bytes.withUnsafeBytes { buffer throws(H2Error) in
            try unsafe core.receive(buffer, owner: nil, at: instant, &events)
        }
    }

    /// Takes borrowed bytes from the peer and appends what they mean to `events`; payloads are
    /// copied.
    @unsafe
    public func receiveData(
        copying bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil,
        into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe core.receive(bytes, owner: nil, at: instant, &events)
    }

    /// Runs a receiving call with a fresh array, which an error takes along.
    private func collecting(
        _ body: (inout [H2Event]) throws(H2Error) -> Void
    ) throws(H2Error) -> [H2Event] {
        var events: [H2Event] = []
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
