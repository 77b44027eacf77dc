// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// Streams with a body in one direction, header sections, and further connections.
extension Scene {
    /// Returns the count for optimized code or the one for debug code, for rounds that take long.
    func count(_ full: Int, debug: Int) -> Int {
        #if DEBUG
        debug
        #else
        full
        #endif
    }

    // MARK: The connection sends a body

    /// Opens a stream on which the connection sends a body: the response of a server, the request of
    /// a client.
    func startSending() throws -> H2StreamID {
        let id = try request(endStream: isServer)
        if isServer { try respond(to: id, endStream: false) }
        return id
    }

    /// Ends the body, and with it the exchange.
    func finishSending(_ id: H2StreamID) throws {
        try connection.endStream(id)
        if !isServer { try respond(to: id) }
        drain()
    }

    /// Sends a body to a peer that reads `piece` bytes at a time, and enlarges both windows by as
    /// much.
    ///
    /// - Parameter rate: The number of bytes that the peer reads per second.
    func send(_ body: Int, toReaderOf piece: Int, rate: Double) throws {
        let id = try startSending()
        let update = windowUpdates(id.rawValue, piece)
        var unsent = body
        var unread = 0
        repeat {
            let sent = try unsent > 0 ? send(unsent, on: id) : 0
            drain()
            unsent -= sent
            unread += sent
            let length = min(piece, unread)
            unread -= length
            try receive(length == piece ? update : windowUpdates(id.rawValue, length))
            wait(Double(length) / rate)
        } while unread > 0
        try finishSending(id)
    }

    // MARK: The peer sends a body

    /// Opens a stream on which the peer sends a body: the request of a client, the response of a
    /// server.
    func startReceiving() throws -> H2StreamID {
        let id = try request(endStream: !isServer)
        if !isServer { try respond(to: id, endStream: false) }
        return id
    }

    /// Ends the body with an empty frame, and the exchange.
    func finishReceiving(_ id: H2StreamID) throws {
        try receive(data(id, 0, endStream: true))
        if isServer { try respond(to: id) }
        drain()
    }

    /// Returns a DATA frame of the peer.
    func data(
        _ id: H2StreamID, _ count: Int, endStream: Bool = false, padLength: UInt8? = nil
    ) -> [UInt8] {
        FrameBuilder.data(
            id.rawValue, [UInt8](repeating: 0x61, count: count), endStream: endStream,
            padLength: padLength)
    }

    /// Receives frames of the same length before the program acknowledges any.
    func fill(_ id: H2StreamID, frames: Int, of length: Int) throws {
        let frame = data(id, length)
        let flight = [[UInt8]](repeating: frame, count: 500).flatMap { $0 }
        for start in stride(from: 0, to: frames, by: 500) {
            let count = min(500, frames - start)
            try receive(Array(flight.prefix(count * frame.count)), acknowledging: false)
        }
    }

    // MARK: Header sections

    /// Performs an exchange whose request or response, the one of the peer, has these fields.
    ///
    /// - Parameters:
    ///   - fields: The field block after the pseudo-header fields.
    ///   - prefix: The beginning of the field block.
    ///   - size: The number of bytes of each frame.
    func exchange(head fields: [UInt8], after prefix: [UInt8] = [], every size: Int) throws {
        if isServer {
            let id = nextRequestID()
            try receive(
                FrameBuilder.split(
                    id, block: prefix + Attacker.get + fields, every: size, endStream: true))
            try respond(to: H2StreamID(id))
        } else {
            let id = try request()
            try receive(
                FrameBuilder.split(
                    id.rawValue, block: prefix + Self.ok + fields, every: size, endStream: true))
        }
        drain()
    }

    /// `:status: 200` in one byte.
    static let ok: [UInt8] = [0x88]

    /// Returns a field block of fields with values of the same length.
    static func fields(_ count: Int, of length: Int, name: String = "x") -> [UInt8] {
        let value = String(repeating: "0", count: length)
        return HPACKEncoder.block((0..<count).map { ("\(name)-\($0)", value) })
    }

    // MARK: Further connections

    /// Runs a program on other connections, without a clock and with one, because it ends them in
    /// an orderly way.
    func onOtherConnections(
        settings: [(UInt16, UInt32)] = [], _ run: @escaping Traffic.Program
    ) throws {
        let traffic =
            isServer
            ? Traffic("another", .server, settings: settings, run: run)
            : Traffic("another", .client, settings: settings, run: run)
        for clock in Traffic.Clock.allCases {
            let other = try Scene(TrafficVariant(traffic: traffic, role: role, clock: clock))
            try run(other)
            let problems = other.connection.audit()
            guard problems.isEmpty, other.connection.unexpectedReactions == 0 else {
                throw Mismatch(problems: problems)
            }
        }
    }

    /// Thrown if a connection disagrees with nghttp2.
    struct Mismatch: Error {
        let problems: [String]
    }
}
