// SPDX-License-Identifier: MIT

import H2

/// One client of the server: its connection, and the responses that are under way.
package final class ServerConnection {
    /// A request, and what is left to send of the response.
    private struct Exchange {
        let id: H2StreamID
        let isEcho: Bool
        var body: Body
        var isRequestEnded: Bool
    }

    private let link: Link
    private let site: StaticFiles
    private let limits: ServerLimits
    private var exchanges: [Exchange] = []
    /// The exchange whose turn it is to send a piece.
    private var turn = 0
    /// Whether only a full queue stopped the exchanges from sending.
    private var isSending = false
    /// New streams are refused, and the connection ends with the open ones.
    private var isStopping = false
    /// GOAWAY is queued; input is thrown away, as closing before the client could cost it the end.
    private var isFinishing = false
    private var isInputEnded = false
    package private(set) var isClosed = false {
        didSet { if isClosed && !oldValue { link.noteUsage() } }
    }
    /// The time of the last call.
    private var now: ContinuousClock.Instant
    /// When there last was a request, or a byte of a body.
    private var lastProgress: ContinuousClock.Instant
    /// Since when the client has been sending something that is not complete, if so.
    private var begun: ContinuousClock.Instant?
    /// When all must be over.
    private var end: ContinuousClock.Instant?

    package init(
        _ socket: Descriptor, _ site: StaticFiles, _ limits: ServerLimits, _ trace: Trace,
        at now: ContinuousClock.Instant
    ) throws {
        self.site = site
        self.limits = limits
        self.now = now
        lastProgress = now
        // The preface is due.
        begun = now
        link = try Link(.server, over: socket, trace)
    }

    package func advance(hasInput: Bool, at now: ContinuousClock.Instant) {
        self.now = now
        do {
            if hasInput && wantsInput { try receive() }
            sendPieces()
            if isStopping && exchanges.isEmpty { try finish() }
            let before = link.connection.outboundByteCount
            let isFlushed = try link.flush()
            // A client that reads slowly is not idle; one that reads nothing is.
            if !isFlushed && link.connection.outboundByteCount < before { lastProgress = now }
            if !isFlushed { return }
            if isFinishing { socket.endOutput() }
            isClosed = isInputEnded && !isSending
        } catch {
            link.trace.write("!", "\(error)")
            isClosed = true
        }
    }

    /// Refuses new streams, and closes the connection when the open ones are done.
    package func stop(at now: ContinuousClock.Instant) {
        isStopping = true
        end = end ?? now + limits.stop
        advance(hasInput: false, at: now)
    }

    /// When `expire` has something to do, unless something happens before.
    package var deadline: ContinuousClock.Instant {
        if let end { return end }
        let idle = lastProgress + limits.idle
        guard let begun, exchanges.isEmpty else { return idle }
        return min(idle, begun + limits.header)
    }

    /// Sends a client away that took too long: with GOAWAY, and if it does not go, without.
    package func expire(at now: ContinuousClock.Instant) {
        guard !isClosed, now >= deadline else { return }
        guard end == nil else {
            link.trace.write("!", "the client did not finish in time")
            return isClosed = true
        }
        link.trace.write("!", "the client took too long")
        for exchange in exchanges { try? reset(exchange.id, .cancel) }
        exchanges = []
        stop(at: now)
    }

    /// Queues GOAWAY, once.
    private func finish() throws(H2Error) {
        guard !isFinishing else { return }
        isFinishing = true
        end = end ?? now + limits.stop
        link.note("closeConnection")
        try link.connection.closeConnection()
    }

    var socket: Descriptor { link.socket }
    var wantsInput: Bool { !isInputEnded && !link.isBacklogged }
    var wantsOutput: Bool { link.connection.hasDataToSend || isSending }

    private func receive() throws {
        if isFinishing { return isInputEnded = try socket.pull(upTo: Link.pieceSize) == [] }
        do {
            isInputEnded = try !link.receive()
        } catch let error as H2Error {
            // The library has queued a GOAWAY that says why.
            link.trace.write("!", "\(error)")
            exchanges = []
            isFinishing = true
            end = end ?? now + limits.stop
            return
        }
        begun = link.isWithinFrame ? begun ?? now : nil
        for event in link.events {
            // A later event may have ended the stream already: then there is nobody to answer.
            do throws(H2Error) { try handle(event) } catch { link.trace.write("!", "\(error)") }
        }
    }

    private func handle(_ event: H2Event) throws(H2Error) {
        switch event {
        case .requestReceived(let request):
            lastProgress = now
            try answer(request)
        case .dataReceived(let data):
            if !data.data.isEmpty { lastProgress = now }
            let index = exchanges.firstIndex { $0.id == data.streamID && $0.isEcho }
            if let index { exchanges[index].body.append(data.data) }
            // What is to be sent back is acknowledged then; padding, and what nobody wants, now.
            let kept = index == nil ? 0 : data.data.count
            try link.acknowledge(data.flowControlledLength - kept, on: data.streamID)
        case .streamEnded(let end):
            for index in exchanges.indices where exchanges[index].id == end.streamID {
                exchanges[index].isRequestEnded = true
                exchanges[index].body.isOpen = false
            }
        case .streamReset(let reset):
            let exchange = exchanges.first { $0.id == reset.streamID && $0.isEcho }
            exchanges.removeAll { $0.id == reset.streamID }
            try link.acknowledge(exchange?.body.remaining ?? 0, on: reset.streamID)
        default:
            break
        }
    }

    private func answer(_ request: H2Event.RequestReceived) throws(H2Error) {
        let id = request.streamID
        if isStopping { return try reset(id, .refusedStream) }
        let answer = site.answer(request.headers[":method"] ?? "", request.headers[":path"] ?? "")
        var exchange = Exchange(
            id: id, isEcho: answer.body == nil, body: answer.body ?? Body(),
            isRequestEnded: request.endsStream)
        exchange.body.isOpen = exchange.isEcho && !request.endsStream
        let isEnd = exchange.body.isComplete
        link.note("sendHeaders stream \(id) \(answer.headers) endStream=\(isEnd)")
        try link.connection.sendHeaders(answer.headers, on: id, endStream: isEnd)
        if !isEnd { return exchanges.append(exchange) }
        if !exchange.isRequestEnded { try reset(id, .noError) }
    }

    /// Lets the exchanges take turns until all are blocked or enough is queued.
    private func sendPieces() {
        var blockedCount = 0
        while blockedCount < exchanges.count && !link.isBacklogged {
            turn = turn < exchanges.count ? turn : 0
            let id = exchanges[turn].id
            do {
                let count = try link.sendPiece(of: &exchanges[turn].body, on: id)
                if count > 0 { lastProgress = now }
                if exchanges[turn].isEcho { try link.acknowledge(count, on: id) }
                if exchanges[turn].body.isComplete {
                    // What is missing of the request is not needed, RFC 9113 §8.1.
                    let isRequestEnded = exchanges.remove(at: turn).isRequestEnded
                    if !isRequestEnded { try reset(id, .noError) }
                } else {
                    turn += 1
                    blockedCount = count > 0 ? 0 : blockedCount + 1
                }
            } catch {
                link.trace.write("!", "\(error)")
                try? reset(id, .internalError)
                exchanges.removeAll { $0.id == id }
            }
        }
        isSending = link.isBacklogged && !exchanges.isEmpty
    }

    private func reset(_ id: H2StreamID, _ code: H2ErrorCode) throws(H2Error) {
        link.note("resetStream stream \(id) \(code)")
        try link.connection.resetStream(id, errorCode: code)
    }
}
