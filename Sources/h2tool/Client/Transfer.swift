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
    /// The number of bytes in the connection's queue up to the end of the request's last queued
    /// frame.
    private var requestBytes = 0
    private var progress: Progress?

    private var link: Link { connection.link }

    /// A piece of at most `pieceSize` bytes is queued only if fewer bytes than this are queued.
    private static let queueLimit = 192 << 10
    private static let pieceSize = 64 << 10
    /// The socket is read only if fewer bytes than this wait for the output. The flow-control
    /// window also limits the bytes of the body.
    private static let outputLimit = 4 << 20

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
        requestBytes = link.connection.outboundByteCount
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
                let isFlushed = flush()
                if !hasEnded && !connection.isOpen { end(with: connection.reason) }
                if hasEnded && output.count == 0 { break }
                try deadlines.check(isSilent: connection.isSilent)
                isStreamReady = try wait(isFlushed: isFlushed)
            }
        } catch {
            if !hasEnded { try? link.reset(id, .cancel) }
            throw error
        }
        if let failure { throw failure }
        return (status, location)
    }

    /// Whether the request may be sent again on a new connection: this one is unusable, no response
    /// has arrived, and repeating the method is harmless.
    var canBeRepeated: Bool {
        !connection.isReusable && status == 0 && ["GET", "HEAD"].contains(request.method)
            && request.body == nil
    }

    /// Waits until a descriptor is ready or a deadline passes, then receives and writes the
    /// response. Returns whether the stream that is uploaded is ready.
    private mutating func wait(isFlushed: Bool) throws -> Bool {
        let room = try room
        let stream = room > 0 ? upload?.stream : nil
        let isWaitingForLocalIO = stream != nil || output.count > 0
        let wantsInput = connection.isOpen && output.count < Self.outputLimit
        let socket = wantsInput || !isFlushed ? link.socket : nil
        let ready = try Descriptor.wait(
            [
                (socket, wantsInput, !isFlushed), (stream, true, false),
                (output.waiting, false, true),
            ], timeout: isFlushed && room > 0 && stream == nil ? 0 : deadlines.milliseconds)
        if isWaitingForLocalIO { deadlines.recordProgress() }
        if wantsInput && ready[0] == .input {
            for event in connection.receive() where !hasEnded {
                do { try handle(event) } catch {
                    if case .streamReset = event {} else { try? link.reset(id, .cancel) }
                    end(with: error)
                }
            }
        }
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

    /// The number of bytes of the body that can be sent now.
    private var room: Int {
        get throws {
            let queued = link.connection.outboundByteCount
            guard upload != nil, connection.canSend, connection.isOpen, queued < Self.queueLimit
            else { return 0 }
            let window = try link.connection.localFlowControlWindow(on: id)
            return max(0, min(window, Self.pieceSize, link.connection.maxOutboundFrameSize))
        }
    }

    /// Queues pieces of the body while there is room.
    private mutating func sendBody(isStreamReady: Bool) throws {
        while var body = upload, case let count = try room, count > 0 {
            let isStream = body.stream != nil
            guard isStreamReady || !isStream, let piece = try body.next(upTo: count) else { return }
            link.log("sendData stream \(id) \(piece.count) bytes endStream=\(body.isComplete)")
            try link.connection.sendData(piece, on: id, endStream: body.isComplete)
            requestBytes = link.connection.outboundByteCount
            upload = body.isComplete ? nil : body
            // Another read of the stream may block.
            if isStream { return }
        }
    }

    private mutating func flush() -> Bool {
        let before = link.connection.outboundByteCount
        let isFlushed = connection.flush()
        let written = before - link.connection.outboundByteCount
        if written > 0 && requestBytes > 0 {
            requestBytes = max(0, requestBytes - written)
            deadlines.recordProgress()
        }
        return isFlushed
    }

    // MARK: The response

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
            // The server has responded without the rest of the request, RFC 9113 §8.1.
            if upload != nil { try? link.reset(id, .cancel) }
            end()
        case .streamReset(let reset):
            throw failure(of: reset)
        case .connectionTerminated(let end) where end.errorCode != .noError:
            throw Failure(connection.reason.description + retry(isSafe: end.lastStreamID < id))
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

    private func failure(of reset: H2Event.StreamReset) -> Failure {
        if !reset.isRemote {
            return Failure("the server sent an invalid response: \(reset.errorCode)")
        }
        let retry = retry(isSafe: reset.isSafeToRetry)
        // A GOAWAY whose last stream is lower also resets this stream.
        if let goAway = connection.goAway, goAway.lastStreamID < id {
            return Failure(connection.reason.description + retry)
        }
        return Failure("the server reset the stream: \(reset.errorCode)\(retry)")
    }

    private func retry(isSafe: Bool) -> String {
        isSafe ? "; it did not process the request, so it is safe to retry" : ""
    }
}
