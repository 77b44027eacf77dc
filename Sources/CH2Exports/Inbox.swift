// SPDX-License-Identifier: MIT

internal import H2

/// The events that were not fetched, and the error that follows them. The events of functions that
/// neither receive bytes nor handle deadlines stay in the connection until the inbox is empty.
// Safe: the C caller keeps the received bytes valid until the events are fetched, as the header
// requires.
@safe struct Inbox {
    /// The capacity above which an array is freed after its events are fetched.
    private static let maxKeptCapacity = 1_024

    /// Fetched events stay until `end()`, because pointers of the caller refer to their bytes.
    private(set) var events: [H2Event] = []
    private var fetchedCount = 0
    /// The ranges, in `input`, of the payloads that are not copied to their events.
    private var payloads: [BorrowedPayload] = []
    private var fetchedPayloads = 0
    private var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

    private var failure: H2Error?
    private var hasFailure = false
    /// Whether the connection has ended with an error, fetched or not.
    private var isFailed = false

    /// Whether `h2_connection_next_event` still has to return 0 or the error. Until then, the
    /// caller may use the pointers of the last event, and nothing can be received.
    var isPending: Bool { @inline(__always) get { hasFailure || !events.isEmpty } }

    /// Whether there is an event or an error to fetch.
    var hasNext: Bool { hasFailure || fetchedCount < events.count }

    /// Receives bytes; `isPending` must be false. If the bytes cause an error, `end()` throws it
    /// after the preceding events are fetched.
    ///
    /// - Throws: `.notInitiated`, or the error that an earlier call caused.
    mutating func receive(
        _ input: UnsafeRawBufferPointer, at instant: H2Instant?, by connection: H2Connection
    ) throws(H2Error) {
        unsafe self.input = unsafe input
        do throws(H2Error) {
            try unsafe connection.receiveData(
                borrowing: input, at: instant, into: &events, &payloads)
        } catch {
            // The connection accepted none of the bytes.
            if isFailed || error.kind == .notInitiated { throw error }
            fail(error)
        }
    }

    /// Handles deadlines; `isPending` must be false. If a deadline ends the connection, `end()`
    /// throws the error after the events are fetched.
    mutating func handleDeadlines(at instant: H2Instant, of connection: H2Connection) {
        do throws(H2Error) {
            events = try connection.handleDeadlines(at: instant)
        } catch {
            events = error.precedingEvents
            fail(error)
        }
    }

    private mutating func fail(_ error: H2Error) {
        isFailed = true
        failure = error
        hasFailure = true
    }

    /// Ends the connection because the transport ended, and appends its last events to those that
    /// were not fetched.
    mutating func lose(_ connection: H2Connection) {
        events.append(contentsOf: connection.connectionLost())
        isFailed = true
    }

    /// Advances to the next event and returns its position; `nil` if there is none.
    @inline(__always)
    mutating func next() -> Int? {
        let position = fetchedCount
        guard position < events.count else { return nil }
        fetchedCount = position &+ 1
        return position
    }

    /// Replaces the events, all of which were fetched, with those of other functions.
    mutating func refill(with events: [H2Event]) {
        forget()
        self.events = events
    }

    /// Ends the events, all of which were fetched.
    ///
    /// - Throws: The error that follows them.
    mutating func end() throws(H2Error) {
        forget()
        guard hasFailure, let error = failure else { return }
        hasFailure = false
        failure = nil
        throw error
    }

    /// Returns the payload of an event if it is in `input`; `nil` if the event has it. Call it once
    /// for each DATA event, in order.
    mutating func takePayload(of position: Int) -> UnsafeRawBufferPointer? {
        guard fetchedPayloads < payloads.count, payloads[fetchedPayloads].event == position else {
            return nil
        }
        let range = payloads[fetchedPayloads].range
        fetchedPayloads += 1
        return unsafe UnsafeRawBufferPointer(rebasing: input[range])
    }

    private mutating func forget() {
        guard fetchedCount != 0 else { return }
        events.removeAll(keepingCapacity: events.capacity <= Self.maxKeptCapacity)
        fetchedCount = 0
        guard fetchedPayloads != 0 else { return }
        payloads.removeAll(keepingCapacity: payloads.capacity <= Self.maxKeptCapacity)
        fetchedPayloads = 0
    }
}
