// SPDX-License-Identifier: MIT

import H2

/// What the connections of a server share.
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

/// One client of the server: its connection, and the responses that are under way.
package final class ServerConnection {
    let link: Link
    let context: ServerContext
    var exchanges: [Exchange] = []
    /// The exchange whose turn it is to send a piece.
    var turn = 0
    /// Whether an exchange can go on without anything from the client.
    var isSending = false
    /// New streams are refused, and the connection ends with the open ones.
    private var isStopping = false
    /// GOAWAY is queued. Input is read and ignored: closing a socket with unread input could destroy
    /// what is on its way to the client.
    private var isFinishing = false
    private var isInputEnded = false
    /// Nothing is sent before the client has sent something: a client that speaks HTTP/1.1 gets an
    /// answer that it understands.
    private var mayWrite = false
    package private(set) var isClosed = false
    /// What `context.memory` knows of this connection.
    private var countedOutput = 0
    private(set) var echoByteCount = 0
    /// The time of the last call.
    private(set) var now: ContinuousClock.Instant
    /// When there last was a request, or a byte of a body.
    var lastProgress: ContinuousClock.Instant
    /// Since when the client has been sending something that is not complete, if so.
    private var begun: ContinuousClock.Instant?
    /// When everything must be over.
    private var end: ContinuousClock.Instant?

    package init(
        _ socket: Descriptor, _ context: ServerContext, _ trace: Trace,
        at now: ContinuousClock.Instant
    ) throws {
        self.context = context
        self.now = now
        lastProgress = now
        // The preface is due.
        begun = now
        var configuration = H2Configuration.server
        let streams = UInt32(context.limits.streamsPerConnection)
        configuration.initialSettings = [
            .initialWindowSize: 256 << 10, .maxConcurrentStreams: streams,
            .maxHeaderListSize: 32 << 10,
        ]
        link = try Link(configuration, over: socket, connectionWindow: 512 << 10, trace)
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
            // A client that reads slowly is not idle; one that reads nothing is.
            lastProgress = now
        }
    }

    private func close() {
        if isClosed { return }
        isClosed = true
        for exchange in exchanges { forgetEcho(exchange.heldByteCount) }
        exchanges = []
        link.connection.clearOutboundDataBuffer()
        countOutput()
        link.noteUsage()
    }

    /// Refuses new streams, and closes the connection when the open ones are done.
    package func stop(at now: ContinuousClock.Instant) {
        isStopping = true
        mayWrite = true
        end = end ?? now + context.limits.stop
        advance(hasInput: false, at: now)
    }

    /// When `expire` has something to do, unless something happens before.
    package var deadline: ContinuousClock.Instant {
        if let end { return end }
        let idle = lastProgress + context.limits.idle
        guard let begun, exchanges.isEmpty else { return idle }
        return min(idle, begun + context.limits.header)
    }

    /// Sends a client away that took too long: with GOAWAY, and if it does not go, without.
    package func expire(at now: ContinuousClock.Instant) {
        guard !isClosed, now >= deadline else { return }
        guard end == nil else {
            link.trace.write("!", "the client did not finish in time")
            return close()
        }
        link.trace.write("!", "the client took too long")
        cancelExchanges(.cancel) { _ in true }
        stop(at: now)
    }

    /// Resets the streams that hold data of /echo: the server has too much of it.
    package func cutOffEcho(at now: ContinuousClock.Instant) {
        link.trace.write("!", "/echo holds too much")
        cancelExchanges(.enhanceYourCalm) { $0.isEcho }
        advance(hasInput: false, at: now)
    }

    private func cancelExchanges(_ code: H2ErrorCode, where isMeant: (Exchange) -> Bool) {
        for exchange in exchanges where isMeant(exchange) {
            try? link.reset(exchange.id, code)
            forgetEcho(exchange.heldByteCount)
            try? link.acknowledge(exchange.heldByteCount, on: exchange.id)
        }
        exchanges.removeAll(where: isMeant)
    }

    /// Queues GOAWAY, once.
    private func finish() throws(H2Error) {
        guard !isFinishing else { return }
        isFinishing = true
        end = end ?? now + context.limits.stop
        link.note("closeConnection")
        try link.connection.closeConnection()
    }

    var socket: Descriptor { link.socket }
    private var queuedByteCount: Int { link.connection.outboundByteCount }
    var hasRoom: Bool { queuedByteCount < context.memory.outputPerConnection }
    /// Without room in the queue nothing is read: each request adds to the queue.
    var wantsInput: Bool { !isInputEnded && hasRoom }
    var wantsOutput: Bool { mayWrite && (link.connection.hasDataToSend || isSending) }
}

/// What the client sends.
extension ServerConnection {
    private func receive() throws {
        if isFinishing {
            // The bytes go nowhere.
            isInputEnded = try context.readBuffer.fill(from: link.socket) == 0
            return
        }
        defer { if !link.firstBytes.isEmpty { mayWrite = true } }
        do {
            isInputEnded = try !link.receive(with: context.readBuffer, at: now)
        } catch let error as H2Error {
            link.trace.write("!", "\(error)")
            return try fail()
        }
        context.site.noteRead()
        noteIncompleteInput()
        for event in link.events {
            // A later event may have ended the stream: then there is nobody to answer.
            do throws(H2Error) { try handle(event) } catch { link.trace.write("!", "\(error)") }
        }
    }

    /// The connection has failed, and the library has queued a GOAWAY that says why.
    private func fail() throws {
        for exchange in exchanges { forgetEcho(exchange.heldByteCount) }
        exchanges = []
        isFinishing = true
        end = end ?? now + context.limits.stop
        guard link.speaksHTTP1 else { return }
        link.trace.write("!", "the client speaks HTTP/1.1")
        link.connection.clearOutboundDataBuffer()
        _ = try link.socket.push(Link.http1Response.utf8Span.span)
    }

    private func noteIncompleteInput() {
        guard link.connection.hasIncompleteInput else { return begun = nil }
        // What was complete came before what is not: that begins now.
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
            let held = exchanges.remove(at: index).heldByteCount
            forgetEcho(held)
            try link.acknowledge(held, on: reset.streamID)
        default:
            break
        }
    }

    private func index(of id: H2StreamID) -> Int? { exchanges.firstIndex { $0.id == id } }

    private func begin(_ request: H2Event.RequestReceived) throws(H2Error) {
        if isStopping { return try link.reset(request.streamID, .refusedStream) }
        let headers = request.headers
        let answer = context.site.answer(headers[":method"] ?? "", headers[":path"] ?? "")
        let exchange = Exchange(request, answer)
        if exchange.needsContinue {
            link.note("sendHeaders stream \(exchange.id) :status=100")
            try link.connection.sendHeaders([":status": "100"], on: exchange.id)
        }
        exchanges.append(exchange)
        if hasRoom { sendPiece(at: exchanges.count - 1) }
    }

    private func take(_ data: H2Event.DataReceived) throws(H2Error) {
        var released = data.flowControlledLength
        if let index = index(of: data.streamID) {
            if exchanges[index].isEcho {
                // What is sent back is acknowledged then; padding is acknowledged now.
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

    func forgetEcho(_ count: Int) {
        echoByteCount -= count
        context.memory.echoByteCount -= count
    }
}
