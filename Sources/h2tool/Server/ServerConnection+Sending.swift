// SPDX-License-Identifier: MIT

import H2

/// Sending responses.
extension ServerConnection {
    /// The maximum number of writes in one call, so that other connections are served in between.
    private static let writesPerCall = 4
    /// The sizes of the parts in which bodies are read and queued. A stream whose window is used up
    /// gets a small part, so that the deadline for slow clients applies to it.
    private static let (smallPart, largePart) = (1 << 10, 64 << 10)

    /// Queues parts of bodies, and writes output.
    func send() throws {
        prepare()
        for _ in 0..<Self.writesPerCall where mayWrite && link.connection.hasDataToSend {
            if try link.write() == 0 { break }
            prepare()
        }
        guard mayWrite, !wantsOutput else { return }
        if isFinishing { link.socket.endOutput() }
        if isInputEnded { close() }
    }

    /// Handles the events of the last calls, and queues parts while there is room.
    private func prepare() {
        handlePending()
        var rest = waiting[...]
        waiting = []
        while hasRoom, let id = rest.popFirst() {
            do {
                if try !queuePart(of: id) { waiting.append(id) }
            } catch {
                link.trace.write("!", "\(error)")
                try? link.reset(id, .internalError)
            }
        }
        waiting += rest
        handlePending()
    }

    private func handlePending() {
        while link.connection.hasEvents { handle(link.takeEvents()) }
    }

    /// Sends the header section if it is due.
    func start(_ id: H2StreamID) throws(H2Error) {
        guard let exchange = exchanges[id], !exchange.isStarted, exchange.canStart else { return }
        let (headers, isLast) = (exchange.answer.headers, exchange.hasNoContent)
        exchanges[id]?.isStarted = true
        exchanges[id]?.isQueued = isLast
        link.log("sendHeaders stream \(id) \(headers) endStream=\(isLast)")
        try link.connection.sendHeaders(headers, on: id, endStream: isLast)
        if !isLast && !exchange.isEcho { waiting.append(id) }
    }

    /// Reads and queues the next part of a body. Returns false if that is not possible in this
    /// round of the server.
    private func queuePart(of id: H2StreamID) throws -> Bool {
        guard let exchange = exchanges[id] else { return true }
        let connection = link.connection
        let room = min(
            context.memory.outputPerConnection - heldByteCount,
            try connection.localFlowControlWindow(on: id))
        let part = try context.site.read(
            exchange.answer.content, upTo: min(max(room, Self.smallPart), Self.largePart),
            at: exchange.queuedCount)
        guard let (bytes, isLast) = part else { return false }
        try link.enqueue(bytes, on: id, endStream: isLast)
        exchanges[id]?.queuedCount += bytes.count
        exchanges[id]?.isQueued = isLast
        return true
    }

    /// Continues a response after all data that was queued on its stream has become frames.
    func advanceStream(_ id: H2StreamID) throws(H2Error) {
        guard let exchange = exchanges[id] else { return }
        if exchange.isEcho {
            exchanges[id]?.heldByteCount = 0
            try release(exchange, of: id)
        } else if exchange.isQueued {
            try endUpload(id)
        } else {
            waiting.append(id)
        }
    }

    /// Resets a stream if the response is sent and enough of the request was discarded: the response
    /// needs no more of the request, RFC 9113 §8.1.
    func endUpload(_ id: H2StreamID) throws(H2Error) {
        guard let exchange = exchanges[id], exchange.isQueued, exchange.hasDiscardedEnough,
            !exchange.isRequestEnded, link.connection.queuedByteCount(on: id) == 0
        else { return }
        try link.reset(id, .noError)
    }
}
