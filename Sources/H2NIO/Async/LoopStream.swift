// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore
import Synchronization

/// A stream whose messages tasks send and receive.
///
/// Methods marked *any thread* suspend their task, or send a task of the event loop on its way. All
/// others are for the event loop only.
// Sendable: except for `isSettled`, only the event loop uses the properties that change.
final class LoopStream: @unchecked Sendable {
    let connection: LoopConnection
    /// The identifier; 0 until a client opens the stream.
    var id = H2StreamID.connection
    /// Whether the stream has ended, and all its bytes have been acknowledged. Readable on any
    /// thread.
    let isSettled = Atomic(false)
    /// Whether the stream has been closed, and the error for its readers and writers, if they did
    /// not have everything.
    private(set) var isClosed = false
    private(set) var failure: (any Error)?

    // Receiving.
    private var received = BodyPart()
    private(set) var trailers: H2Headers?
    private(set) var isReceived = false
    private var unacknowledged = 0
    private var reader: Waiter<BodyPart>?
    private var trailersReader: Waiter<H2Headers?>?
    /// Whether what arrived is not wanted.
    private var isDiscarding = false
    private var isReaderReady = false

    // Sending.
    private(set) var isEndQueued = false
    private var writers: [Waiter<Void>] = []

    // A client's stream.
    private var headReader: Waiter<H2Headers>?
    private var head: H2Headers?
    var onInformational: (@Sendable (H2Headers) -> Void)?
    /// Calls of a client's writer that wait until the stream is opened.
    private var callsAfterOpening: [() -> Void] = []
    private var deadline: Scheduled<Void>?

    /// A server's task that handles the request.
    var task: Task<Void, Never>?

    init(_ connection: LoopConnection) { self.connection = connection }

    private var handler: H2Handler { connection.handler }

    // MARK: Receiving

    func receive(_ data: H2ReceivedData) {
        unacknowledged += data.flowControlledLength
        guard !isDiscarding else { return acknowledge(unacknowledged) }
        received.chunks.append(
            BodyChunk(data: data.data, flowControlledLength: data.flowControlledLength))
        wakeReader()
    }

    func receiveHead(_ headers: H2Headers) {
        head = headers
        wakeReader()
    }

    func receiveTrailers(_ headers: H2Headers) { trailers = headers }

    func receiveEnd() {
        isReceived = true
        received.isLast = true
        wakeReader()
    }

    /// Resumes the readers now, or at the end of the read burst, when more has arrived.
    private func wakeReader() {
        guard reader != nil || headReader != nil || trailersReader != nil else { return }
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
        if let waiter = reader, waiter.isWaiting, let result = takePart() {
            reader = nil
            waiter.resume(result)
        }
        if let waiter = trailersReader, let result = trailersResult {
            trailersReader = nil
            waiter.resume(result)
        }
        guard let failure else { return }
        headReader?.resume(.failure(failure))
        headReader = nil
    }

    /// Removes what has been received; `nil` if the reader has to wait.
    private func takePart() -> Result<BodyPart, any Error>? {
        if !received.chunks.isEmpty || received.isLast {
            let part = received
            received.chunks = BodyChunks()
            // A sender that has finished needs no window.
            if part.isLast { acknowledge(unacknowledged) }
            return .success(part)
        }
        return failure.map { .failure($0) }
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

    /// Gives the windows back for everything that nobody will read.
    func discard() {
        isDiscarding = true
        received.chunks = BodyChunks()
        acknowledge(unacknowledged)
    }

    /// *Any thread.* Returns the next part of the body when there is one.
    nonisolated(nonsending) func nextPart(acknowledging count: Int) async throws -> BodyPart {
        if connection.eventLoop.inEventLoop {
            acknowledge(count)
            if let result = takePart() { return try result.get() }
        }
        let waiter = Waiter<BodyPart>()
        return try await waiter.wait {
            connection.onLoop {
                self.acknowledge(count)
                self.setReader(waiter)
            }
        }
    }

    private func setReader(_ waiter: Waiter<BodyPart>) {
        guard reader?.isWaiting != true else {
            waiter.resume(.failure(H2StreamError(.concurrentRead)))
            return
        }
        guard waiter.isWaiting else { return }
        if let result = takePart() { waiter.resume(result) } else { reader = waiter }
    }

    /// *Any thread.* Returns the trailers when the message has ended.
    nonisolated(nonsending) func receivedTrailers() async throws -> H2Headers? {
        if connection.eventLoop.inEventLoop, let trailersResult { return try trailersResult.get() }
        let waiter = Waiter<H2Headers?>()
        return try await waiter.wait {
            connection.onLoop {
                if let result = self.trailersResult {
                    waiter.resume(result)
                } else {
                    self.trailersReader = waiter
                }
            }
        }
    }

    // MARK: Sending

    func sendHead(_ headers: H2Headers, endStream: Bool) throws {
        try checkWritable()
        try handler.sendHeaders(headers, on: id, endStream: endStream)
        if endStream { isEndQueued = true }
    }

    func write(_ data: ByteBuffer, endStream: Bool) throws {
        try checkWritable()
        try handler.enqueueData(data, on: id, endStream: endStream)
        if endStream { isEndQueued = true }
    }

    func writeTrailers(_ trailers: H2Headers) throws {
        try checkWritable()
        try handler.enqueueTrailers(trailers, on: id)
        isEndQueued = true
    }

    private func checkWritable() throws {
        if let failure { throw failure }
        if isClosed { throw H2StreamError(.streamClosed(.completed)) }
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

    /// *Any thread.* Calls `send`, and returns when the queue has room.
    nonisolated(nonsending) func sending(
        _ send: @Sendable @escaping (LoopStream) throws -> Void
    ) async throws {
        if connection.eventLoop.inEventLoop, isOpen {
            try send(self)
            guard isFull else { return }
            let waiter = Waiter<Void>()
            return try await waiter.wait { self.writers.append(waiter) }
        }
        let waiter = Waiter<Void>()
        try await waiter.wait {
            connection.onLoop { self.send(send, waiter) }
        }
    }

    private func send(
        _ send: @Sendable @escaping (LoopStream) throws -> Void, _ waiter: Waiter<Void>
    ) {
        guard isOpen else {
            return callsAfterOpening.append { self.send(send, waiter) }
        }
        do {
            try send(self)
            if isFull { writers.append(waiter) } else { waiter.resume(.success(())) }
        } catch {
            waiter.resume(.failure(error))
        }
    }

    // MARK: The life of the stream

    /// Whether the stream has been opened, or never will be.
    private var isOpen: Bool { id != .connection || failure != nil }

    /// Sends the calls that waited for the stream to be opened.
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
        deadline = connection.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
            guard !self.isClosed else { return }
            self.abandon(.cancel, H2StreamError(.deadlineExceeded))
        }
    }

    func setHeadReader(_ waiter: Waiter<H2Headers>) {
        headReader = waiter
        if head != nil || failure != nil { resumeReaders() }
    }

    /// Handles `.streamClosed`.
    func closed(_ outcome: H2StreamOutcome) {
        guard !isClosed else { return }
        isClosed = true
        deadline?.cancel()
        deadline = nil
        if outcome == .completed, isReceived {
            failWriters(H2StreamError(.streamClosed(outcome)))
        } else {
            end(with: H2StreamError(.streamClosed(outcome)))
            task?.cancel()
        }
        task = nil
        settleIfPossible()
    }

    /// Makes readers and writers fail, unless another error did before. What has arrived can still
    /// be read.
    private func end(with error: any Error) {
        if failure == nil { failure = error }
        resumeReaders()
        failWriters(failure ?? error)
        runCallsAfterOpening()
    }

    private func failWriters(_ error: any Error) {
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(.failure(error)) }
    }

    /// Resets the stream if it is open, and makes readers and writers fail.
    func abandon(_ code: H2ErrorCode, _ error: any Error) {
        end(with: error)
        if id == .connection { connection.withdraw(self) }
        guard !isClosed else { return }
        if id == .connection {
            isClosed = true
        } else {
            // Throws only if the stream has been closed in the meantime.
            try? handler.resetStream(id, errorCode: code)
        }
    }

    /// *Any thread.* Ends the message, unless its end has been queued.
    nonisolated(nonsending) func endIfNeeded() async throws {
        try await sending { stream in
            if !stream.isEndQueued { try stream.write(ByteBuffer(), endStream: true) }
        }
    }

    /// A client's task that writes the request has failed.
    func failSending(_ error: any Error) {
        if !isClosed { abandon(.cancel, error) }
    }

    /// The program needs the stream no more.
    func leave() {
        discard()
        if !isClosed { abandon(.cancel, CancellationError()) }
    }
}
#endif
