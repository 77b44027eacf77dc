// SPDX-License-Identifier: MIT

import H2

/// Sending responses.
extension ServerConnection {
    enum Step {
        /// A piece was sent, and there is more.
        case sent
        /// Nothing can be sent until the client sends or reads something.
        case blocked
        /// Nothing can be sent in this round of the server.
        case postponed
        case done
    }

    /// Lets the exchanges take turns until all are blocked or the output queue is full.
    func sendPieces() {
        var (blockedCount, isPostponed) = (0, false)
        while blockedCount < exchanges.count && hasRoom {
            turn = turn < exchanges.count ? turn : 0
            let step = sendPiece(at: turn)
            if step == .postponed { isPostponed = true }
            if step != .done { turn += 1 }
            blockedCount = step == .sent ? 0 : step == .done ? blockedCount : blockedCount + 1
        }
        isSending = isPostponed || blockedCount < exchanges.count
    }

    /// Lets one exchange send a piece. An exchange that is done, or has failed, is removed.
    @discardableResult
    func sendPiece(at index: Int) -> Step {
        do {
            let step = try sendPiece(of: &exchanges[index])
            if step == .done { exchanges.remove(at: index) }
            return step
        } catch {
            link.trace.write("!", "\(error)")
            let exchange = exchanges.remove(at: index)
            try? link.reset(exchange.id, .internalError)
            try? release(exchange)
            return .done
        }
    }

    /// Sends the header section, if it is due, and one DATA frame.
    private func sendPiece(of exchange: inout Exchange) throws -> Step {
        if exchange.isAnswered { return try end(&exchange) }
        if !exchange.isStarted {
            guard exchange.canStart else { return .blocked }
            try start(&exchange)
            if exchange.hasNoContent { return try end(&exchange) }
        }
        let connection = link.connection
        let room = min(
            try connection.localFlowControlWindow(on: exchange.id),
            connection.maxOutboundFrameSize, context.memory.outputPerConnection)
        guard let piece = try nextPiece(of: exchange, upTo: room) else { return .postponed }
        let (bytes, isLast) = piece
        if bytes.isEmpty && !isLast { return .blocked }
        link.log("sendData stream \(exchange.id) \(bytes.count) bytes endStream=\(isLast)")
        try connection.sendData(bytes, on: exchange.id, endStream: isLast)
        exchange.sentCount += bytes.count
        if exchange.isEcho {
            exchange.drop(bytes.count)
            forgetEcho(bytes.count)
            try link.acknowledge(bytes.count, on: exchange.id)
        }
        lastProgress = now
        return isLast ? try end(&exchange) : .sent
    }

    private func start(_ exchange: inout Exchange) throws(H2Error) {
        let (id, headers) = (exchange.id, exchange.answer.headers)
        exchange.isStarted = true
        link.log("sendHeaders stream \(id) \(headers) endStream=\(exchange.hasNoContent)")
        try link.connection.sendHeaders(headers, on: id, endStream: exchange.hasNoContent)
    }

    private func nextPiece(of exchange: Exchange, upTo room: Int) throws(Failure) -> Site.Piece? {
        if exchange.isEcho { return exchange.heldPiece(upTo: max(room, 0)) }
        if room <= 0 { return ([], false) }
        return try context.site.read(
            exchange.answer.content, upTo: room, at: exchange.sentCount)
    }

    /// Ends a complete response. The exchange is done once the request has ended or is reset.
    private func end(_ exchange: inout Exchange) throws(H2Error) -> Step {
        exchange.isAnswered = true
        if exchange.isRequestEnded { return .done }
        // The response needs no more of the request, RFC 9113 §8.1.
        guard exchange.hasDiscardedEnough else { return .blocked }
        try link.reset(exchange.id, .noError)
        return .done
    }
}
