// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// Actions of the client and the server of a connection, whichever of them is under test.
extension Scene {
    /// Returns the number of rounds of `steps` steps: all in optimized code, fewer in debug code.
    func rounds(_ full: Int, of steps: Int) -> Int {
        min(full, max(2, count(full * steps) / steps))
    }

    // MARK: Streams

    /// The client sends several requests at once.
    ///
    /// - Parameter extra: Returns the bytes that the peer, if it is the client, sends after each.
    func flight(
        _ count: Int, extra: (UInt32) -> [UInt8] = { _ in [] }
    ) throws -> [H2StreamID] {
        guard isServer else {
            defer { drain() }
            return try (0..<count).map { _ in try request() }
        }
        let ids = (0..<count).map { _ in nextRequestID() }
        try receive(ids.flatMap { requestFrame($0) + extra($0) })
        return ids.map { H2StreamID($0) }
    }

    /// The server answers a request, with a body unless it is empty.
    func complete(_ id: H2StreamID, status: String = "200", body: Int = 2_000) throws {
        try respond(to: id, status: status, endStream: body == 0)
        if body > 0 { try download(body, on: id) }
        drain()
    }

    /// The client resets a stream with CANCEL.
    func cancel(_ id: H2StreamID) throws {
        if isServer {
            try receive(FrameBuilder.rstStream(id.rawValue, code: 8))
        } else {
            try connection.resetStream(id, errorCode: .cancel)
        }
        drain()
    }

    /// The client resets several streams with CANCEL at once.
    func cancelAll(_ ids: some Sequence<H2StreamID>) throws {
        if isServer {
            try receive(ids.flatMap { FrameBuilder.rstStream($0.rawValue, code: 8) })
        } else {
            for id in ids { try connection.resetStream(id, errorCode: .cancel) }
        }
        drain()
    }

    /// The server resets a stream.
    func abort(_ id: H2StreamID, _ code: H2ErrorCode = .refusedStream) throws {
        if isServer {
            try connection.resetStream(id, errorCode: code)
        } else {
            try receive(FrameBuilder.rstStream(id.rawValue, code: code.rawValue))
        }
        drain()
    }

    /// In a client, receives the rest of a response that crosses the client's RST_STREAM.
    ///
    /// - Parameter status: `nil` if the response began before.
    func receiveLate(_ id: H2StreamID, status: String? = "200", body: Int = 1_000) throws {
        guard !isServer else { return }
        let header = status.map { responseFrame(id.rawValue, status: $0, endStream: false) } ?? []
        try receive(header + FrameBuilder.data(id.rawValue, Self.zeros(body), endStream: true))
        drain()
    }

    // MARK: Bodies

    /// The server sends a body, or a piece of it; the client reads it immediately.
    func download(
        _ count: Int, on id: H2StreamID, frameSize: Int = 16_384, endStream: Bool = true
    ) throws {
        if isServer {
            try sendBody(count, on: id, frameSize: frameSize, endStream: endStream)
        } else {
            try receiveBody(count, on: id, frameSize: frameSize, endStream: endStream)
        }
    }

    /// The client sends a body, or a piece of it; the server reads it immediately.
    func upload(
        _ count: Int, on id: H2StreamID, frameSize: Int = 16_384, endStream: Bool = true
    ) throws {
        if isServer {
            try receiveBody(count, on: id, frameSize: frameSize, endStream: endStream)
        } else {
            try sendBody(count, on: id, frameSize: frameSize, endStream: endStream)
        }
    }

    private func receiveBody(
        _ count: Int, on id: H2StreamID, frameSize: Int, endStream: Bool
    ) throws {
        var left = count
        repeat {
            let length = min(left, frameSize)
            left -= length
            try receive(
                FrameBuilder.data(
                    id.rawValue, Self.zeros(length), endStream: endStream && left == 0))
        } while left > 0
        drain()
    }

    private func sendBody(
        _ count: Int, on id: H2StreamID, frameSize: Int, endStream: Bool
    ) throws {
        var left = count
        repeat {
            let wanted = min(left, 32_768)
            left -= wanted
            let isEnd = endStream && left == 0
            let sent = try send(wanted, on: id, frameSize: frameSize, endStream: isEnd)
            precondition(sent == wanted, "the peer must enlarge its windows in time")
            drain()
            try openWindows(isEnd ? nil : id)
        } while left > 0
    }

    /// The peer enlarges the windows of which half is used, as most peers do.
    ///
    /// - Parameter id: A stream that continues.
    private func openWindows(_ id: H2StreamID?) throws {
        let window = connection.outboundFlowControlWindow
        if window < 32_768 {
            try receive(FrameBuilder.windowUpdate(0, increment: UInt32(65_535 - window)))
        }
        guard let id else { return }
        let left = try connection.localFlowControlWindow(on: id)
        if left < 32_768 {
            try receive(FrameBuilder.windowUpdate(id.rawValue, increment: UInt32(65_535 - left)))
        }
    }

    /// The peer sends messages of one size on several streams in turn, each as a DATA frame, and
    /// the program reads them only when all have arrived.
    ///
    /// - Parameter messages: The number of messages, if the connection's window allows them.
    func fillWindow(_ ids: [H2StreamID], messages: Int, of size: Int) throws {
        let turn = ids.flatMap { FrameBuilder.data($0.rawValue, Self.zeros(size)) }
        let turns = min(messages, connection.inboundFlowControlWindow / size) / ids.count
        for _ in 0..<turns { try receive(turn, acknowledging: false) }
        for id in ids { try connection.acknowledgeReceivedData(turns * size, on: id) }
        drain()
    }

    static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    // MARK: gRPC

    /// The client calls a method with one message, which ends the request.
    func call(_ message: Int = 105) throws -> H2StreamID {
        let id = try request(["te": "trailers"], endStream: false)
        try upload(message, on: id)
        return id
    }

    /// The server answers a call with one message and trailers.
    func reply(to id: H2StreamID, _ message: Int = 105) throws {
        try respond(to: id, endStream: false)
        try download(message, on: id, endStream: false)
        try sendTrailers(on: id)
    }

    /// The server ends a call.
    func sendTrailers(on id: H2StreamID) throws {
        if isServer {
            try connection.sendHeaders(["grpc-status": "0"], on: id, endStream: true)
            drain()
        } else {
            try receive(trailersFrame(id.rawValue))
        }
    }

    /// Returns trailers of a server, to be combined with other frames.
    func trailersFrame(_ id: UInt32) -> [UInt8] {
        FrameBuilder.headers(
            id, block: HPACKEncoder.block([("grpc-status", "0")]), endStream: true)
    }

    // MARK: Other connections

    /// Returns another connection with this role, for actions that happen once per connection.
    func another(_ clock: Traffic.Clock, settings: [(UInt16, UInt32)] = []) throws -> Scene {
        let traffic = Traffic("another connection", role, settings: settings) { _ in }
        return try Scene(TrafficVariant(traffic: traffic, role: role, clock: clock))
    }
}
