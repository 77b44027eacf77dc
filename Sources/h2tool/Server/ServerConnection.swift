// SPDX-License-Identifier: MIT

import H2

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
    var exchanges: [Exchange] = []
    /// The index of the exchange that sends the next piece.
    var turn = 0
    /// Whether an exchange can continue to send without further input from the client.
    var isSending = false
    /// Whether new streams are refused, and the connection is closed after the open ones.
    private var isStopping = false
    /// Whether the connection has failed, or GOAWAY is queued. Input is then read and ignored,
    /// because closing a socket with unread input can discard output that the client has not
    /// received.
    private var isFinishing = false
    private var isInputEnded = false
    /// Whether output may be written: after the first input, the end of the input, or `stop`. Until
    /// then, the server can still respond to an HTTP/1.1 client in HTTP/1.1.
    private var mayWrite = false
    package private(set) var isClosed = false
    /// The queued bytes of this connection that `context.memory` includes.
    private var countedOutput = 0
    private(set) var echoByteCount = 0
    /// The time of the last call.
    private(set) var now: ContinuousClock.Instant
    /// The time of the last request or body data, or of a write that left output queued.
    var lastProgress: ContinuousClock.Instant
    /// When the client began an incomplete preface, frame or header section; otherwise `nil`.
    private var begun: ContinuousClock.Instant?
    /// When the connection is closed even if the client has not finished; `nil` before `limitTime`.
    private var end: ContinuousClock.Instant?

    package init(
        _ socket: Descriptor, _ context: ServerContext, _ trace: Trace,
        at now: ContinuousClock.Instant
    ) throws {
        self.context = context
        self.now = now
        lastProgress = now
        // The time for the preface starts now.
        begun = now
        var configuration = H2Configuration.server
        let streams = UInt32(context.limits.streamsPerConnection)
        configuration.initialSettings = [
            .initialWindowSize: 256 << 10, .maxConcurrentStreams: streams,
            .maxHeaderListSize: 32 << 10,
        ]
        configuration.connectionWindowSize = 512 << 10
        link = try Link(configuration, over: socket, trace)
    }

    package func advance(hasInput: Bool, at now: ContinuousClock.Instant) {
        if isClosed { return }
        self.now = now
        do {
            if hasInput && wantsInput { try receive() }
            sendPieces()
            if isStopping && exchanges.isEmpty { try finish() }
            if mayWrite { try flush() }
        } catch {
            link.trace.write("!", "\(error)")
            close()
        }
        countOutput()
    }

    private func countOutput() {
        context.memory.outputByteCount += queuedByteCount - countedOutput
        countedOutput = queuedByteCount
    }

    private func flush() throws {
        let before = queuedByteCount
        if try link.flush() {
            if isFinishing { link.socket.endOutput() }
            if isInputEnded && !isSending { close() }
        } else if queuedByteCount < before {
            // A client that reads slowly makes progress.
            lastProgress = now
        }
    }

    private func close() {
        if isClosed { return }
        isClosed = true
        forgetExchanges()
        link.connection.clearOutboundDataBuffer()
        countOutput()
        link.logUsage()
    }

    /// Refuses new streams, and closes the connection when the open ones are done.
    package func stop(at now: ContinuousClock.Instant) {
        isStopping = true
        mayWrite = true
        limitTime(from: now)
        advance(hasInput: false, at: now)
    }

    /// When `expire` takes effect, unless the client makes progress before.
    package var deadline: ContinuousClock.Instant {
        if let end { return end }
        let idle = lastProgress + context.limits.idle
        guard let begun, exchanges.isEmpty else { return idle }
        return min(idle, begun + context.limits.header)
    }

    /// Handles a missed deadline: first resets the streams and queues GOAWAY; at the next deadline,
    /// closes the connection.
    package func expire(at now: ContinuousClock.Instant) {
        guard !isClosed, now >= deadline else { return }
        guard end == nil else {
            link.trace.write("!", "the client did not finish within the stop timeout")
            return close()
        }
        link.trace.write("!", "the client exceeded the idle or header timeout")
        cancelExchanges(.cancel) { _ in true }
        stop(at: now)
    }

    /// Resets all /echo streams, because the server holds too many bytes for /echo.
    package func resetEchoStreams(at now: ContinuousClock.Instant) {
        link.trace.write("!", "/echo holds more than \(ServerMemory.echoBound) bytes in total")
        cancelExchanges(.enhanceYourCalm) { $0.isEcho }
        advance(hasInput: false, at: now)
    }

    private func cancelExchanges(_ code: H2ErrorCode, where predicate: (Exchange) -> Bool) {
        for exchange in exchanges where predicate(exchange) {
            try? link.reset(exchange.id, code)
            try? release(exchange)
        }
        exchanges.removeAll(where: predicate)
    }

    private func forgetExchanges() {
        for exchange in exchanges { forgetEcho(exchange.heldByteCount) }
        exchanges = []
    }

    /// Queues GOAWAY, once.
    private func finish() throws(H2Error) {
        guard !isFinishing else { return }
        isFinishing = true
        limitTime(from: now)
        link.log("closeConnection")
        try link.connection.closeConnection()
    }

    /// Starts the stop timeout, unless it has started.
    private func limitTime(from now: ContinuousClock.Instant) {
        end = end ?? now + context.limits.stop
    }

    var socket: Descriptor { link.socket }
    private var queuedByteCount: Int { link.connection.outboundByteCount }
    var hasRoom: Bool { queuedByteCount < context.memory.outputPerConnection }
    /// Whether to read. A full output queue stops reading, because each request adds output.
    var wantsInput: Bool { !isInputEnded && hasRoom }
    var wantsOutput: Bool { mayWrite && (link.connection.hasDataToSend || isSending) }
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
        trackIncompleteInput()
        for event in link.events {
            // A call fails if a later event has ended its stream: the client wants no response.
            do throws(H2Error) { try handle(event) } catch { link.trace.write("!", "\(error)") }
        }
    }

    /// Ends a failed connection. H2 has queued GOAWAY, except after an invalid client preface.
    private func fail() throws {
        forgetExchanges()
        isFinishing = true
        limitTime(from: now)
        if link.speaksTLS { link.trace.write("!", "the client speaks TLS (https)") }
        guard link.speaksHTTP1 else { return }
        link.trace.write("!", "the client speaks HTTP/1.1")
        link.connection.clearOutboundDataBuffer()
        _ = try link.socket.push(link.http1Response.utf8Span.span)
    }

    private func trackIncompleteInput() {
        guard link.connection.hasIncompleteInput else { return begun = nil }
        // With any event, earlier input is complete, and the incomplete input began in this read.
        if begun == nil || !link.events.isEmpty { begun = now }
    }

    private func handle(_ event: H2Event) throws(H2Error) {
        switch event {
        case .requestReceived(let request):
            lastProgress = now
            try begin(request)
        case .dataReceived(let data):
            if !data.data.isEmpty { lastProgress = now }
            try take(data)
        case .streamEnded(let end):
            if let index = index(of: end.streamID) { exchanges[index].isRequestEnded = true }
        case .streamReset(let reset):
            guard let index = index(of: reset.streamID) else { return }
            try release(exchanges.remove(at: index))
        default:
            break
        }
    }

    private func index(of id: H2StreamID) -> Int? { exchanges.firstIndex { $0.id == id } }

    private func begin(_ request: H2Event.RequestReceived) throws(H2Error) {
        if isStopping { return try link.reset(request.streamID, .refusedStream) }
        let headers = request.headers
        let answer = context.site.answer(headers[.method] ?? "", headers[.path] ?? "")
        let exchange = Exchange(request, answer)
        if exchange.needsContinue {
            link.log("sendHeaders stream \(exchange.id) :status=100")
            try link.connection.sendHeaders([(.status, "100")], on: exchange.id)
        }
        exchanges.append(exchange)
        if hasRoom { sendPiece(at: exchanges.count - 1) }
    }

    private func take(_ data: H2Event.DataReceived) throws(H2Error) {
        var released = data.flowControlledLength
        if let index = index(of: data.streamID) {
            if exchanges[index].isEcho {
                // The data is acknowledged when it is sent back; padding is acknowledged now.
                exchanges[index].hold(data.data)
                echoByteCount += data.data.count
                context.memory.echoByteCount += data.data.count
                released -= data.data.count
            } else {
                exchanges[index].discardedCount += data.data.count
            }
        }
        try link.acknowledge(released, on: data.streamID)
    }

    /// Acknowledges the bytes that an exchange held when it ended.
    func release(_ exchange: Exchange) throws(H2Error) {
        forgetEcho(exchange.heldByteCount)
        try link.acknowledge(exchange.heldByteCount, on: exchange.id)
    }

    func forgetEcho(_ count: Int) {
        echoByteCount -= count
        context.memory.echoByteCount -= count
    }
}
