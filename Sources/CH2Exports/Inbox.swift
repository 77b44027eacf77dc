// SPDX-License-Identifier: MIT

internal import H2

/// The received events that were not fetched, and the error that follows them.
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
    /// Whether `h2_connection_next_event` still has to return 0 or the error. Until then, the
    /// caller may use the pointers of the last event, and nothing can be received.
    private(set) var isPending = false
    /// Whether received bytes caused an error, fetched or not.
    private var isFailed = false

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
            isFailed = true
            failure = error
            hasFailure = true
        }
        isPending = hasFailure || !events.isEmpty
    }

    /// Advances to the next event and returns its position; `nil` if there is none.
    @inline(__always)
    mutating func next() -> Int? {
        let position = fetchedCount
        guard position < events.count else { return nil }
        fetchedCount = position &+ 1
        return position
    }

    /// Ends the events of the received bytes, all of which were fetched.
    ///
    /// - Throws: The error that the bytes caused.
    mutating func end() throws(H2Error) {
        isPending = false
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
