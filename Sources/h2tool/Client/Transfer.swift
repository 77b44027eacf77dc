// SPDX-License-Identifier: MIT

import H2

/// A request and its response.
struct Transfer {
    private let connection: ClientConnection
    private let id: H2StreamID
    private let request: Request
    private let output: Output
    private let showsSections: Bool
    private var deadlines: Deadlines
    /// The rest of the request's body; `nil` if there is none.
    private var upload: Upload?
    private var status = 0
    private var location: String?
    /// Whether the response is complete or has failed.
    private var hasEnded = false
    private var failure: (any Error)?
    /// The number of unwritten bytes of header sections. They precede the body in the output, and
    /// flow control does not count them.
    private var sectionBytes = 0
    private var outcome: H2StreamOutcome?
    /// Whether the server has sent the whole response.
    private var isComplete = false
    private var progress: Progress?

    private var link: Link { connection.link }

    private static let pieceSize = 64 << 10
    /// The socket is read only if fewer bytes than this wait for the output. The flow-control
    /// window also limits the bytes of the body.
    private static let outputLimit = 16 << 20

    /// Queues the header section of the request.
    init(
        _ request: Request, for target: Target, over connection: ClientConnection,
        to output: Output, showsSections: Bool, _ deadlines: Deadlines
    ) throws {
        self.connection = connection
        self.request = request
        self.output = output
        self.showsSections = showsSections
        self.deadlines = deadlines
        upload = request.body?.isComplete == true ? nil : request.body
        let headers = request.headers(for: target)
        id = try connection.link.connection.nextAvailableStreamID()
        link.log("sendHeaders stream \(id) \(headers) endStream=\(upload == nil)")
        try link.connection.sendHeaders(headers, on: id, endStream: upload == nil)
        // The time to connect is limited separately.
        self.deadlines.recordProgress()
    }

    typealias Outcome = (status: Int, location: String?)

    /// Sends the body and receives the response. Returns its status and location.
    mutating func run() throws -> Outcome {
        defer { progress?.finish() }
        do {
            var isStreamReady = false
            while true {
                try sendBody(isStreamReady: isStreamReady)
                let isFlushed = connection.flush()
                handle(link.takeEvents())
                if hasEnded && output.count == 0 { break }
                try checkTime()
                isStreamReady = try wait(isFlushed: isFlushed)
            }
        } catch {
            if !hasEnded { try? link.reset(id, .cancel) }
            throw error
        }
        if let failure { throw failure }
        return (status, location)
    }

    /// Whether the request may be sent again on a new connection: no response has arrived, and
    /// either the server has not processed the request, or this connection was used before and has
    /// ended, and repeating the request is harmless.
    func canBeRepeated(isReused: Bool) -> Bool {
        guard status == 0 else { return false }
        if outcome?.isSafeToRetry == true { return request.body?.stream == nil }
        return isReused && !connection.isReusable && request.body == nil
            && ["GET", "HEAD"].contains(request.method)
    }

    private mutating func checkTime() throws {
        // The server need not respond before it has the whole request; until then, H2's deadlines
        // apply. The time for writing received data does not count, either.
        if upload != nil || isQueued || output.count > 0 { deadlines.recordProgress() }
        try deadlines.check(isSilent: connection.isSilent)
        guard !hasEnded else { return }
        do throws(H2Error) {
            handle(try link.handleDeadlines(at: .now))
        } catch {
            throw error.deadline.map { deadlines.expired($0, isSilent: connection.isSilent) }
                ?? error
        }
    }

    /// Waits until a descriptor is ready or a deadline passes, then receives and writes the
    /// response. Returns whether the stream that is uploaded is ready.
    private mutating func wait(isFlushed: Bool) throws -> Bool {
        let stream = hasRoom ? upload?.stream : nil
        let wantsInput = connection.isOpen && output.count < Self.outputLimit
        let socket = wantsInput || !isFlushed ? link.socket : nil
        let now = H2Instant.now
        link.connection.advance(to: now)
        let next = hasEnded ? nil : link.connection.nextDeadline
        let end = min(deadlines.next, next ?? deadlines.next)
        let ready = try Descriptor.wait(
            [
                (socket, wantsInput, !isFlushed), (stream, true, false),
                (output.waiting, false, true),
            ], timeout: hasRoom && stream == nil ? 0 : now.milliseconds(until: end))
        if wantsInput && ready[0] == .input { handle(connection.receive()) }
        try write(isReady: ready[2] != .nothing)
        return ready[1] != .nothing
    }

    /// Records the end of the response. What has arrived is still written.
    private mutating func end(with error: (any Error)? = nil) {
        hasEnded = true
        failure = error
        upload = nil
    }

    // MARK: The request

    /// Whether a part of the request was not written to the socket yet.
    private var isQueued: Bool {
        link.connection.hasDataToSend || link.connection.queuedByteCount(on: id) > 0
    }

    /// Whether to queue more of the body.
    private var hasRoom: Bool {
        upload != nil && connection.canSend && connection.isOpen
            && link.connection.queuedByteCount(on: id)
                <= link.connection.configuration.sendQueueHighWaterMark
    }

    /// Queues pieces of the body while there is room.
    private mutating func sendBody(isStreamReady: Bool) throws {
        while hasRoom, var body = upload {
            let isStream = body.stream != nil
            guard isStreamReady || !isStream, let piece = try body.next(upTo: Self.pieceSize)
            else { return }
            try link.enqueue(piece, on: id, endStream: body.isComplete)
            upload = body.isComplete ? nil : body
            // Another read of the stream may block.
            if isStream { return }
        }
    }

    // MARK: The response

    private mutating func handle(_ events: [H2Event]) {
        for event in events where !hasEnded {
            do { try handle(event) } catch {
                try? link.reset(id, .cancel)
                end(with: error)
            }
        }
    }

    private mutating func handle(_ event: H2Event) throws {
        switch event {
        case .informationalResponseReceived(let response):
            deadlines.recordProgress()
            try show(response.headers)
        case .responseReceived(let response):
            deadlines.recordProgress()
            try show(response.headers)
            try begin(response.headers)
        case .dataReceived(let data):
            deadlines.recordProgress()
            output.append(data.data)
            progress?.add(data.data.count)
            // The data is acknowledged when it is written; padding is never written.
            try acknowledge(data.flowControlledLength - data.data.count)
        case .trailersReceived(let trailers):
            if showsSections { output.append(section: trailers.headers) }
        case .streamEnded:
            isComplete = true
            // The server has responded without the rest of the request, RFC 9113 §8.1.
            if upload != nil || link.connection.queuedByteCount(on: id) > 0 {
                upload = nil
                try link.reset(id, .cancel)
            }
        case .streamClosed(let closed):
            outcome = closed.outcome
            end(with: isComplete ? nil : failure(closed.outcome))
        case .deadlineExpired(let expired):
            throw deadlines.expired(expired.deadline, isSilent: connection.isSilent)
        case .connectionTerminated(let end) where end.errorCode != .noError:
            // If the stream was not processed, its outcome follows.
            if end.lastStreamID >= id { throw connection.reason }
        default:
            break
        }
    }

    private mutating func begin(_ headers: H2Headers) throws {
        let text = headers[.status] ?? ""
        guard let number = Int(text), 200...599 ~= number else {
            throw Failure("the server sent an invalid final status '\(text)'; 200 to 599 are valid")
        }
        status = number
        location = headers[.location]
        try output.open()
        if output.showsProgress {
            progress = Progress(total: headers[.contentLength].flatMap { Int($0) })
        }
    }

    private mutating func show(_ headers: H2Headers) throws {
        guard showsSections else { return }
        try output.open()
        let before = output.count
        output.append("HTTP/2 \(headers[.status] ?? "")\r\n".utf8)
        output.append(section: headers)
        sectionBytes += output.count - before
    }

    /// Writes as much as the output accepts, and acknowledges the written bytes of the body.
    private mutating func write(isReady: Bool) throws {
        let count = try output.write(isReady: isReady)
        let sections = min(count, sectionBytes)
        sectionBytes -= sections
        try acknowledge(count - sections)
    }

    private func acknowledge(_ count: Int) throws {
        // After the end of the stream, this still enlarges the window of the connection.
        if connection.isOpen { try link.acknowledge(count, on: id) }
    }

    private func failure(_ outcome: H2StreamOutcome) -> Failure {
        let retry = "; it did not process the request, so it is safe to retry"
        switch outcome {
        case .notProcessed:
            let isRefused = connection.isOpen && connection.goAway?.lastStreamID ?? id >= id
            return isRefused
                ? Failure("the server reset the stream: \(H2ErrorCode.refusedStream)\(retry)")
                : Failure("\(connection.reason)\(retry)")
        case .reset(let code, isRemote: true):
            return Failure("the server reset the stream: \(code)")
        case .reset(let code, isRemote: false):
            return Failure("the server sent an invalid response: \(code)")
        default:
            return connection.reason
        }
    }
}
