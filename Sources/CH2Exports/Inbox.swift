// SPDX-License-Identifier: MIT

internal import H2

/// What was received and not yet fetched: events, and the error that comes after them.
// Safe: whoever calls from C keeps the bytes until the events are fetched, as the header demands.
@safe struct Inbox {
    /// An array above this size is given back when its events are fetched.
    private static let keptCapacity = 1_024

    /// Fetched events stay until `end()`, because pointers of the caller point into them.
    private(set) var events: [H2Event] = []
    private var fetchedCount = 0
    /// Where the payloads lie that are not in their events, and the bytes that they lie in.
    private var payloads: [BorrowedPayload] = []
    private var fetchedPayloads = 0
    private var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

    private var failure: H2Error?
    private var hasFailure = false
    /// Whether `h2_connection_next_event` has yet to report the end of the events, or the error: until
    /// then the caller may use the pointers of the last event, and nothing can be received.
    private(set) var isPending = false
    /// Whether the connection is over, be it that this was fetched or not.
    private var isFailed = false

    /// Receives bytes; nothing may be pending. If the bytes lead to an error, `end()` throws it
    /// after the events from before it are fetched.
    mutating func receive(
        _ input: UnsafeRawBufferPointer, at instant: H2Instant?, by connection: H2Connection
    ) throws(H2Error) {
        unsafe self.input = unsafe input
        do throws(H2Error) {
            try unsafe connection.receiveData(
                borrowing: input, at: instant, into: &events, &payloads)
        } catch {
            // Nothing was taken, or nothing more will be.
            if isFailed || error.kind == .notInitiated { throw error }
            isFailed = true
            failure = error
            hasFailure = true
        }
        isPending = hasFailure || !events.isEmpty
    }

    /// Goes to the next event: its position; nil where there is none.
    @inline(__always)
    mutating func next() -> Int? {
        let position = fetchedCount
        guard position < events.count else { return nil }
        fetchedCount = position &+ 1
        return position
    }

    /// Ends what was received: all events were fetched.
    mutating func end() throws(H2Error) {
        isPending = false
        forget()
        guard hasFailure, let error = failure else { return }
        hasFailure = false
        failure = nil
        throw error
    }

    /// The payload of an event that does not have it itself; once, as events go by in order.
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
        events.removeAll(keepingCapacity: events.capacity <= Self.keptCapacity)
        fetchedCount = 0
        guard fetchedPayloads != 0 else { return }
        payloads.removeAll(keepingCapacity: payloads.capacity <= Self.keptCapacity)
        fetchedPayloads = 0
    }
}
