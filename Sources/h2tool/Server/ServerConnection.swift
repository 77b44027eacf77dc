// SPDX-License-Identifier: MIT

package import H2

/// The objects and limits that all connections of a server share.
package struct ServerContext {
    let site: Site
    let limits: ServerLimits
    package let memory = ServerMemory()
    let readBuffer = ReadBuffer()

    package init(_ site: Site, _ limits: ServerLimits) {
        self.site = site
        self.limits = limits
    }
}

/// A client's connection to the server, with its unfinished *exchanges*: each is a request and its
/// response.
package final class ServerConnection {
    let link: Link
    let context: ServerContext
    var exchanges: [H2StreamID: Exchange] = [:]
    /// The streams on which the next part of the body has to be queued, in turn.
    var waiting: [H2StreamID] = []
    /// Whether the connection has failed, or is drained after a graceful shutdown. Input is then
    /// read and ignored, because closing a socket with unread input can discard output that the
    /// client has not received.
    private(set) var isFinishing = false
    private(set) var isInputEnded = false
    /// Whether output may be written: after the first input, the end of the input, or a deadline.
    /// Until then, the server can still respond to an HTTP/1.1 client in HTTP/1.1.
    private(set) var mayWrite = false
    package private(set) var isClosed = false
    /// The queued bytes of this connection that `context.memory` includes.
    private var countedOutput = 0
    private(set) var echoByteCount = 0
    /// The time of the last call.
    private var now: H2Instant
    /// When to close a connection that is finishing, even if the client has not closed it; `nil`
    /// before `limitTime`.
    private var end: H2Instant?

    package init(
        _ socket: Descriptor, _ context: ServerContext, _ trace: Trace, at now: H2Instant
    ) throws {
        self.context = context
        self.now = now
        var configuration = H2Configuration.server
        let streams = UInt32(context.limits.streamsPerConnection)
        configuration.initialSettings = [
            .initialWindowSize: 256 << 10, .maxConcurrentStreams: streams,
            .maxHeaderListSize: 32 << 10,
        ]
        configuration.connectionWindowSize = 512 << 10
        configuration.deadlines = context.limits.deadlines
        configuration.lateCalls = .ignored
        configuration.priorities = .extensible
        configuration.reportsStreamOutcomes = true
        // Only one part is queued on a stream at a time.
        configuration.sendQueueHighWaterMark = 0
        configuration.sendQueueLowWaterMark = 0
        link = try Link(configuration, over: socket, trace, at: now)
    }

    package func advance(hasInput: Bool, at now: H2Instant) {
        if isClosed { return }
        self.now = now
        do {
            if hasInput && wantsInput { try receive() }
            try send()
        } catch {
            link.trace.write("!", "\(error)")
            close()
        }
        link.connection.advance(to: now)
        countOutput()
    }

    private func countOutput() {
        context.memory.outputByteCount += heldByteCount - countedOutput
        countedOutput = heldByteCount
    }

    func close() {
        if isClosed { return }
        isClosed = true
        forgetExchanges()
        _ = link.connectionLost()
        countOutput()
        link.logUsage()
    }

    /// Starts a graceful shutdown: open requests continue, and then the connection is closed.
    package func stop(at now: H2Instant) {
        mayWrite = true
        limitTime(from: now)
        link.log("startGracefulShutdown")
        // This fails if the connection has failed.
        try? link.connection.startGracefulShutdown()
        advance(hasInput: false, at: now)
    }

    /// When to call `expire`, unless another call is made before.
    package var deadline: H2Instant? { isFinishing ? end : link.connection.nextDeadline }

    /// Acts on the deadlines that have passed.
    package func expire(at now: H2Instant) {
        guard !isClosed, let deadline, now >= deadline else { return }
        self.now = now
        mayWrite = true
        if isFinishing {
            link.trace.write("!", "the client did not finish within the stop timeout")
            return close()
        }
        var isOver = false
        do throws(H2Error) { handle(try link.handleDeadlines(at: now)) } catch {
            link.trace.write(
                "!", error.deadline.map { context.limits.line(for: $0) } ?? "\(error)")
            finish()
            isOver = error.deadline == .shutdown || error.deadline == .output
        }
        advance(hasInput: false, at: now)
        if isOver { close() }
    }

    /// Resets all /echo streams, because the server holds too many bytes for /echo.
    package func resetEchoStreams(at now: H2Instant) {
        link.trace.write("!", "/echo holds more than \(ServerMemory.echoBound) bytes in total")
        for (id, exchange) in exchanges where exchange.isEcho {
            try? link.reset(id, .enhanceYourCalm)
        }
        advance(hasInput: false, at: now)
    }

    private func forgetExchanges() {
        context.memory.echoByteCount -= echoByteCount
        (echoByteCount, exchanges, waiting) = (0, [:], [])
    }

    /// Ends the connection once its output is written and the client has closed it.
    private func finish() {
        forgetExchanges()
        isFinishing = true
        limitTime(from: now)
    }

    /// Starts the stop timeout, unless it has started.
    private func limitTime(from now: H2Instant) {
        end = end ?? now.advanced(by: context.limits.stop)
    }

    var socket: Descriptor { link.socket }
    /// The number of bytes that the connection holds, or up to twice as many: bytes that can be
    /// written now may count twice.
    var heldByteCount: Int { link.connection.outboundByteCount + link.connection.queuedByteCount }
    private var writableByteCount: Int { link.connection.outboundByteCount }
    /// Returns whether parts of bodies may be queued.
    var hasRoom: Bool { writableByteCount < context.memory.outputPerConnection }
    /// Whether to read. Too much output stops reading, because each request adds some. Parts of
    /// bodies alone never stop it.
    var wantsInput: Bool {
        !isInputEnded && writableByteCount < 2 * context.memory.outputPerConnection
    }
    var wantsOutput: Bool { mayWrite && (link.connection.hasDataToSend || !waiting.isEmpty) }
}

/// Receives the requests.
extension ServerConnection {
    private func receive() throws {
        if isFinishing {
            // Discard the bytes.
            isInputEnded = try context.readBuffer.fill(from: link.socket) == 0
            return
        }
        defer { if !link.firstBytes.isEmpty || isInputEnded { mayWrite = true } }
        do {
            isInputEnded = try !link.receive(with: context.readBuffer, at: now)
        } catch let error as H2Error {
            link.trace.write("!", "\(error)")
            return try fail()
        }
        context.site.recordRead()
        handle(link.events)
    }

    /// Ends a failed connection. H2 has queued GOAWAY, except after an invalid client preface.
    private func fail() throws {
        finish()
        if link.speaksTLS { link.trace.write("!", "the client speaks TLS (https)") }
        guard link.speaksHTTP1 else { return }
        link.trace.write("!", "the client speaks HTTP/1.1")
        link.connection.clearOutboundDataBuffer()
        _ = try link.socket.push(link.http1Response.utf8Span.span)
    }

    func handle(_ events: [H2Event]) {
        for event in events {
            do throws(H2Error) { try handle(event) } catch { link.trace.write("!", "\(error)") }
        }
    }

    private func handle(_ event: H2Event) throws(H2Error) {
        switch event {
        case .requestReceived(let request):
            try begin(request)
        case .dataReceived(let data):
            try take(data)
        case .streamEnded(let end):
            guard let exchange = exchanges[end.streamID] else { return }
            exchanges[end.streamID]?.isRequestEnded = true
            if exchange.isEcho { try link.enqueue([], on: end.streamID, endStream: true) }
            try start(end.streamID)
        case .sendQueueDrained(let drained):
            try advanceStream(drained.streamID)
        case .streamClosed(let closed):
            guard let exchange = exchanges.removeValue(forKey: closed.streamID) else { return }
            try release(exchange, of: closed.streamID)
        case .deadlineExpired(let expired):
            link.trace.write("!", context.limits.line(for: expired.deadline, on: expired.streamID))
        case .connectionDrained:
            finish()
        default:
            break
        }
    }

    private func begin(_ request: H2Event.RequestReceived) throws(H2Error) {
        let (id, headers) = (request.streamID, request.headers)
        let answer = context.site.answer(headers[.method] ?? "", headers[.path] ?? "")
        let exchange = Exchange(request, answer)
        exchanges[id] = exchange
        if exchange.needsContinue {
            link.log("sendHeaders stream \(id) :status=100")
            try link.connection.sendHeaders([(.status, "100")], on: id)
        }
        try start(id)
    }

    private func take(_ data: H2Event.DataReceived) throws(H2Error) {
        let (id, count) = (data.streamID, data.data.count)
        guard let exchange = exchanges[id] else {
            return try link.acknowledge(data.flowControlledLength, on: id)
        }
        if exchange.isEcho {
            // The data is acknowledged when it is sent back; padding is acknowledged now.
            exchanges[id]?.heldByteCount += count
            echoByteCount += count
            context.memory.echoByteCount += count
            link.log("enqueueData stream \(id) \(count) bytes endStream=false")
            try link.connection.enqueueData(data.data, on: id)
            try link.acknowledge(data.flowControlledLength - count, on: id)
        } else {
            exchanges[id]?.discardedCount += count
            try link.acknowledge(data.flowControlledLength, on: id)
            try start(id)
            try endUpload(id)
        }
    }

    /// Acknowledges the bytes that an exchange holds for /echo.
    func release(_ exchange: Exchange, of id: H2StreamID) throws(H2Error) {
        echoByteCount -= exchange.heldByteCount
        context.memory.echoByteCount -= exchange.heldByteCount
        try link.acknowledge(exchange.heldByteCount, on: id)
    }
}
