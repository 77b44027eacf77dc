// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore
import Synchronization

/// A request that a client sends when it can open a stream.
struct OutgoingRequest: Sendable {
    var headers: H2Headers
    /// The whole body; `nil` if the program writes it later.
    var body: ByteBuffer?
    /// The time from the call after which the stream is reset if it is still open.
    var deadline: Duration?
    /// Receives informational responses.
    var informational: (@Sendable (H2Headers) -> Void)?
}

/// The state of a client only.
struct ClientState {
    /// Streams that wait until the server's limit allows them, oldest first. Some may have been
    /// closed in the meantime.
    var waiting = CircularBuffer<(LoopStream, OutgoingRequest)>()
    /// The number of streams in `waiting` that have been closed, at most half of them.
    var closedCount = 0
}

extension LoopConnection {
    /// *Any thread.* Opens a stream and sends a request. The waiter receives the header section of the
    /// response.
    func send(_ request: OutgoingRequest, on stream: LoopStream, _ waiter: Waiter<H2Headers>) {
        // Not `onLoop`, which needs an allocation.
        if eventLoop.inEventLoop {
            begin(request, on: stream, waiter)
        } else {
            eventLoop.execute { self.begin(request, on: stream, waiter) }
        }
    }

    private func begin(
        _ request: OutgoingRequest, on stream: LoopStream, _ waiter: Waiter<H2Headers>
    ) {
        begin(request, on: stream)
        stream.setHeadReader(waiter)
    }

    /// Opens a stream and sends a request.
    func begin(_ request: OutgoingRequest, on stream: LoopStream) {
        // The task that writes the request may have failed already.
        guard !stream.isClosed else { return }
        stream.onInformational = request.informational
        if let deadline = request.deadline { stream.setDeadline(after: deadline) }
        open(stream, request)
    }

    /// Opens a stream, now or when the server allows another one.
    func open(_ stream: LoopStream, _ request: OutgoingRequest) {
        if (try? handler.connection.nextAvailableStreamID()) == nil {
            // All identifiers have been used.
            failWaiting()
            handler.startGracefulShutdown()
        }
        guard opensStreams.load(ordering: .relaxed) else {
            return stream.abandon(.cancel, H2StreamError(.connectionUnavailable))
        }
        if client.waiting.isEmpty, canOpen(request) {
            start(stream, request)
        } else {
            client.waiting.append((stream, request))
            stream.isWaitingToOpen = true
            openWaiting()
        }
    }

    /// The number of streams that can be open before the server has announced its limit: servers
    /// should allow at least 100, RFC 9113 §6.5.2.
    private static let maxUnannouncedStreams = 100

    /// Whether a stream can be opened. Extended CONNECT has to wait for the server's first SETTINGS,
    /// RFC 8441 §3.
    private func canOpen(_ request: OutgoingRequest) -> Bool {
        guard handler.phase == .active else { return false }
        if let available = handler.connection.availableOutboundStreams { return available > 0 }
        return handler.connection.openOutboundStreams < Self.maxUnannouncedStreams
            && request.headers.firstIndex(ofName: .protocol) == nil
    }

    /// Opens streams that wait, as far as the server's limit allows.
    func openWaiting() {
        while let (stream, request) = client.waiting.first {
            guard stream.isClosed || canOpen(request) else { return }
            client.waiting.removeFirst()
            stream.isWaitingToOpen = false
            if stream.isClosed { client.closedCount -= 1 } else { start(stream, request) }
        }
    }

    private func start(_ stream: LoopStream, _ request: OutgoingRequest) {
        do throws(H2Error) {
            let id = try handler.connection.nextAvailableStreamID()
            if let body = request.body {
                try handler.sendMessage(request.headers, body, on: id)
            } else {
                try handler.sendHeaders(request.headers, on: id)
            }
            stream.opened(id, isEndQueued: request.body != nil)
            add(stream)
        } catch {
            stream.abandon(.cancel, error)
        }
    }

    /// Counts a stream that has been closed while it waited. If more than half of the waiting
    /// streams have been closed, removes them, so that closing all of them takes linear time.
    func closedWhileWaiting() {
        client.closedCount += 1
        guard client.closedCount * 2 > client.waiting.count else { return }
        client.waiting.removeAll { $0.0.isClosed }
        client.closedCount = 0
    }

    /// Fails the requests that have not been sent, because the connection opens no more streams.
    func failWaiting() {
        opensStreams.store(false, ordering: .relaxed)
        let waiting = client.waiting
        client.waiting = CircularBuffer()
        client.closedCount = 0
        for (stream, _) in waiting {
            stream.abandon(.cancel, H2StreamError(.connectionUnavailable))
        }
    }
}
#endif
