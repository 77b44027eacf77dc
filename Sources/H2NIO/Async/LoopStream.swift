// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore
import Synchronization

/// A stream on which tasks send and receive a request and its response.
///
/// Methods marked *any thread* can be called on any thread. Call all others on the event loop.
// Sendable: except for `isSettled` and `body`, only the event loop uses the properties that change.
final class LoopStream: @unchecked Sendable {
    /// The number of bytes after which bytes that were read on another thread are acknowledged.
    /// Fewer bytes are acknowledged when the reader waits.
    private static let maxConsumed = 16_384

    let connection: LoopConnection
    /// The identifier; 0 until a client opens the stream.
    @safe @exclusivity(unchecked) var id = H2StreamID.connection
    /// Whether the stream has ended, and all its bytes have been acknowledged. Readable on any
    /// thread.
    let isSettled = Atomic(false)
    /// Whether the stream has been closed.
    @safe @exclusivity(unchecked) private(set) var isClosed = false
    /// The error that readers and writers throw if their message is incomplete.
    @safe @exclusivity(unchecked) private(set) var failure: (any Error)?

    // Receiving.
    /// The body. Readers take chunks from it on any thread.
    let body = Mutex(BodyQueue())
    @safe @exclusivity(unchecked) private(set) var trailers: H2Headers?
    @safe @exclusivity(unchecked) private(set) var isReceived = false
    @safe @exclusivity(unchecked) private var unacknowledged = 0
    @safe @exclusivity(unchecked) private var trailersReaders: [Waiter<H2Headers?>] = []
    /// Whether received data is discarded.
    @safe @exclusivity(unchecked) private var isDiscarding = false
    @safe @exclusivity(unchecked) private var isReaderReady = false

    // Sending.
    /// Whether the response has no content, because the request is a HEAD, RFC 9110 §9.3.2.
    @safe @exclusivity(unchecked) var isHead = false
    @safe @exclusivity(unchecked) private(set) var isEndQueued = false
    @safe @exclusivity(unchecked) private var writers: [Waiter<Void>] = []

    // A client's stream.
    /// Whether the stream waits until the server's limit allows it.
    @safe @exclusivity(unchecked) var isWaitingToOpen = false
    @safe @exclusivity(unchecked) private var headReader: Waiter<H2Headers>?
    @safe @exclusivity(unchecked) private var head: H2Headers?
    @safe @exclusivity(unchecked) var onInformational: (@Sendable (H2Headers) -> Void)?
    /// Calls of a client's writer that wait until the stream is opened.
    @safe @exclusivity(unchecked) private var callsAfterOpening: [() -> Void] = []
    @safe @exclusivity(unchecked) private var deadline: Scheduled<Void>?

    /// A server's task that handles the request.
    @safe @exclusivity(unchecked) var task: Task<Void, Never>?

    init(_ connection: LoopConnection) { self.connection = connection }

    private var handler: H2Handler { connection.handler }

    // MARK: Receiving

    func receive(_ data: H2ReceivedData) {
        unacknowledged += data.flowControlledLength
        guard !isDiscarding else { return acknowledge(unacknowledged) }
        let chunk = BodyChunk(data: data.data, flowControlledLength: data.flowControlledLength)
        let hasReader = body.withLock { body in
            body.chunks.append(chunk)
            return body.reader != nil
        }
        if hasReader { wakeReaders() }
    }

    func receiveHead(_ headers: H2Headers) {
        head = headers
        if headReader != nil { wakeReaders() }
    }

    func receiveTrailers(_ headers: H2Headers) { trailers = headers }

    func receiveEnd() {
        isReceived = true
        let hasReader = body.withLock { body in
            body.isComplete = true
            return body.reader != nil
        }
        // A sender that has finished needs no window.
        acknowledge(unacknowledged)
        if hasReader || headReader != nil || !trailersReaders.isEmpty { wakeReaders() }
    }

    /// Resumes the readers now or, in a read burst, at its end, when more may have arrived.
    private func wakeReaders() {
        guard handler.burstTime != nil else { return resumeReaders() }
        guard !isReaderReady else { return }
        isReaderReady = true
        connection.readyStreams.append(self)
    }

    func resumeReaders() {
        isReaderReady = false
        if let head, let waiter = headReader {
            headReader = nil
            waiter.resume(.success(head))
        }
        let reader = body.withLock { $0.isReadable ? $0.takeReader() : nil }
        reader?.resume(.success(()))
        if !trailersReaders.isEmpty, let result = trailersResult {
            let waiting = trailersReaders
            trailersReaders = []
            for waiter in waiting { waiter.resume(result) }
        }
        guard let failure else { return }
        headReader?.resume(.failure(failure))
        headReader = nil
    }

    private var trailersResult: Result<H2Headers?, any Error>? {
        isReceived ? .success(trailers) : failure.map { .failure($0) }
    }

    /// Acknowledges bytes that have been processed.
    func acknowledge(_ count: Int) {
        let count = min(count, unacknowledged)
        guard count > 0 else { return settleIfPossible() }
        unacknowledged -= count
        // Throws only after an error has ended the connection.
        try? handler.acknowledgeReceivedData(count, on: id)
        settleIfPossible()
    }

    private func settleIfPossible() {
        if isClosed, unacknowledged == 0 { isSettled.store(true, ordering: .relaxed) }
    }

    /// Discards and acknowledges the data that has not been read.
    func discard() {
        isDiscarding = true
        body.withLock { $0.chunks = BodyChunks() }
        acknowledge(unacknowledged)
    }

    /// *Any thread.* Waits for the header section of the response, and returns it.
    func receivedHead() async throws -> H2Headers {
        let waiter = Waiter<H2Headers>()
        return try await waiter.wait { connection.onLoop { self.setHeadReader(waiter) } }
    }

    /// *Any thread.* Removes the next chunk of the body.
    func nextChunk() throws -> BodyStep {
        let (step, consumed) = try body.withLock { body in
            guard let chunk = body.chunks.popFirst() else {
                if body.isComplete { return (BodyStep.end, 0) }
                if let failure = body.failure { throw failure }
                return (.wait, 0)
            }
            body.consumed += chunk.flowControlledLength
            let isAcknowledged =
                connection.eventLoop.inEventLoop || body.consumed >= Self.maxConsumed
            return (.chunk(chunk.data), isAcknowledged ? body.takeConsumed() : 0)
        }
        if consumed > 0 { acknowledgeOnLoop(consumed) }
        return step
    }

    /// *Any thread.* Waits until `nextChunk` returns anything other than `.wait`.
    func waitForChunk() async throws {
        let waiter = Waiter<Void>()
        try await waiter.wait {
            let (result, consumed) = body.withLock { body -> (Result<Void, any Error>?, Int) in
                if body.isReadable { return (.success(()), 0) }
                if body.reader?.isWaiting == true {
                    return (.failure(H2StreamError(.concurrentRead)), 0)
                }
                body.reader = waiter
                return (nil, body.takeConsumed())
            }
            if let result { waiter.resume(result) }
            if consumed > 0 { acknowledgeOnLoop(consumed) }
        }
    }

    private func acknowledgeOnLoop(_ count: Int) {
        if connection.eventLoop.inEventLoop {
            acknowledge(count)
        } else {
            connection.eventLoop.execute { self.acknowledge(count) }
        }
    }

    /// *Any thread.* Waits for the end of the message, and returns the trailers.
    func receivedTrailers() async throws -> H2Headers? {
        if connection.eventLoop.inEventLoop, let trailersResult { return try trailersResult.get() }
        let waiter = Waiter<H2Headers?>()
        return try await waiter.wait {
            connection.onLoop {
                if let result = self.trailersResult {
                    waiter.resume(result)
                } else {
                    self.trailersReaders.removeAll { !$0.isWaiting }
                    self.trailersReaders.append(waiter)
                }
            }
        }
    }

    // MARK: Sending

    /// Sends a part of a message. The event loop writes it after the tasks that are running.
    private func send(_ part: SentPart) throws {
        if let failure { throw failure }
        if isClosed {
            // The server has responded and needs no more of the request, RFC 9113 §8.1.
            if case .end = part, !isEndQueued { return }
            throw H2StreamError(.streamClosed(.completed))
        }
        switch part {
        case .head(let headers): try handler.sendHeaders(headers, on: id)
        // The end of a response to HEAD fails as that of any other response.
        case .data where isHead && !isEndQueued: break
        case .data(let data): try handler.enqueueData(data, on: id)
        case .message(let headers, let body):
            try handler.sendMessage(headers, isHead ? ByteBuffer() : body, on: id)
            isEndQueued = true
        case .trailers(let trailers):
            try handler.enqueueTrailers(trailers, on: id)
            isEndQueued = true
        case .end:
            try handler.enqueueData(ByteBuffer(), on: id, endStream: true)
            isEndQueued = true
        case .endIfNeeded:
            if !isEndQueued { try send(.end) }
        }
    }

    /// Whether more is queued than the high-water mark allows.
    var isFull: Bool {
        handler.connection.queuedByteCount(on: id) > connection.highWaterMark
    }

    /// Whether the last frame of this side has been written.
    var isSent: Bool { isEndQueued && handler.connection.queuedByteCount(on: id) == 0 }

    func roomAvailable() {
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(.success(())) }
    }

    /// *Any thread.* Sends a part if the thread is that of the event loop and the stream is open.
    ///
    /// - Returns: The argument for `finish`; `nil` if the part has been sent and there is room
    ///   for more.
    func sendNow(_ part: SentPart) throws -> WaitingSend? {
        guard connection.eventLoop.inEventLoop, isOpen else { return .send(part) }
        try send(part)
        return isFull ? .roomNeeded : nil
    }

    /// *Any thread.* Sends a part, unless it has been sent, and waits until there is room for more.
    func finish(_ waiting: WaitingSend) async throws {
        let waiter = Waiter<Void>()
        try await waiter.wait {
            connection.onLoop { self.finish(waiting, waiter) }
        }
    }

    private func finish(_ waiting: WaitingSend, _ waiter: Waiter<Void>) {
        guard isOpen else {
            return callsAfterOpening.append { self.finish(waiting, waiter) }
        }
        do {
            if case .send(let part) = waiting { try send(part) }
            guard isFull else { return _ = waiter.resume(.success(())) }
            writers.removeAll { !$0.isWaiting }
            writers.append(waiter)
        } catch {
            waiter.resume(.failure(error))
        }
    }

    // MARK: Opening and closing

    /// Whether the stream has been opened or has failed.
    private var isOpen: Bool { id != .connection || failure != nil }

    /// Sets the identifier, and makes the calls that waited for it.
    func opened(_ id: H2StreamID, isEndQueued: Bool = false) {
        self.id = id
        self.isEndQueued = isEndQueued
        runCallsAfterOpening()
    }

    private func runCallsAfterOpening() {
        guard !callsAfterOpening.isEmpty else { return }
        let calls = callsAfterOpening
        callsAfterOpening = []
        for call in calls { call() }
    }

    func setDeadline(after duration: Duration) {
        let time = TimeAmount(max(duration, .zero))
        deadline = connection.eventLoop.assumeIsolated().scheduleTask(in: time) {
            guard !self.isClosed else { return }
            self.abandon(.cancel, H2StreamError(.deadlineExceeded))
        }
    }

    private func cancelDeadline() {
        deadline?.cancel()
        deadline = nil
    }

    func setHeadReader(_ waiter: Waiter<H2Headers>) {
        guard headReader?.isWaiting != true else {
            return _ = waiter.resume(.failure(H2StreamError(.concurrentRead)))
        }
        headReader = waiter
        if head != nil || failure != nil { resumeReaders() }
    }

    /// Handles `.streamClosed`.
    func closed(_ outcome: H2StreamOutcome) {
        guard !isClosed else { return }
        isClosed = true
        cancelDeadline()
        if outcome == .completed, isReceived {
            if !writers.isEmpty { failWriters(H2StreamError(.streamClosed(outcome))) }
        } else {
            end(with: H2StreamError(.streamClosed(outcome)))
            task?.cancel()
        }
        task = nil
        settleIfPossible()
    }

    /// Makes readers and writers throw `error`, or an earlier error. Received data can still be read.
    private func end(with error: any Error) {
        if failure == nil { failure = error }
        body.withLock { $0.failure = failure }
        resumeReaders()
        failWriters(failure ?? error)
        runCallsAfterOpening()
    }

    private func failWriters(_ error: any Error) {
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(.failure(error)) }
    }

    /// Resets the stream if it is open, and makes readers and writers throw `error`.
    func abandon(_ code: H2ErrorCode, _ error: any Error) {
        end(with: error)
        guard !isClosed else { return }
        if id == .connection {
            isClosed = true
            cancelDeadline()
            if isWaitingToOpen { connection.closedWhileWaiting() }
        } else {
            // Throws only if the stream has been closed in the meantime.
            try? handler.resetStream(id, errorCode: code)
        }
    }

    /// Resets the stream because the task that writes a client's request has failed.
    func failSending(_ error: any Error) {
        if !isClosed { abandon(.cancel, error) }
    }

    /// Ends the stream because the program no longer needs it. If only the rest of the queued
    /// request has to be sent, it is sent.
    func leave() {
        discard()
        if !isClosed, !(isReceived && isEndQueued) { abandon(.cancel, CancellationError()) }
    }
}
#endif
