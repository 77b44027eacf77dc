// SPDX-License-Identifier: MIT

import Glibc
import H2
import h2tool

/// A client and its connection in the server, over a socket pair. The test sets the time.
final class ServedClient {
    static let start = H2Instant.now
    static let limits = ServerLimits(
        idle: .seconds(60), header: .seconds(10), stop: .seconds(5), connections: 2)

    let connection = H2Connection(.client)
    let served: ServerConnection
    private let socket: Descriptor
    private(set) var events: [H2Event] = []
    /// The bytes that the server sent, if `isRaw`.
    private(set) var received: [UInt8] = []
    /// Whether the client records the server's output without parsing it.
    var isRaw = false
    var isReading = true
    private var acknowledgedCount = 0
    /// Whether the server has ended its output.
    private(set) var isAtEnd = false

    convenience init(_ site: Site, handshake: Bool = true) throws {
        try self.init(ServerContext(site, Self.limits), handshake: handshake)
    }

    init(_ context: ServerContext, handshake: Bool = true) throws {
        let ends = try Descriptor.pair()
        socket = ends[0]
        served = try ServerConnection(
            ends[1], context, Trace(label: "", isOn: false), at: Self.start)
        try connection.initiateConnection()
        guard handshake else {
            connection.clearOutboundDataBuffer()
            return
        }
        try exchange(after: 0)
        try exchange(after: 0)
    }

    /// Returns the time `seconds` after the start.
    static func time(_ seconds: Double) -> H2Instant { start.advanced(by: .seconds(seconds)) }

    /// The deadline, in seconds from the start.
    var deadline: Double? {
        served.deadline.map { Double($0.rawValue - Self.start.rawValue) / 1e9 }
    }

    /// Sends `bytes` or the queued output, and receives what the server sends.
    func exchange(_ bytes: [UInt8]? = nil, after seconds: Double) throws {
        let output = bytes ?? connection.dataToSend()
        try socket.pushAll(output.span)
        served.advance(hasInput: !output.isEmpty, at: Self.time(seconds))
        try receive()
    }

    /// Ends the output of the client, so that the server reads the end of its input.
    func endInput(after seconds: Double) throws {
        socket.endOutput()
        served.advance(hasInput: true, at: Self.time(seconds))
        try receive()
    }

    /// Advances the time without input for the server.
    func wait(until seconds: Double) throws {
        served.expire(at: Self.time(seconds))
        try receive()
    }

    func stop(after seconds: Double) throws {
        served.stop(at: Self.time(seconds))
        try receive()
    }

    /// Acknowledges all received data.
    func acknowledgeAll() throws {
        for case .dataReceived(let data) in events.dropFirst(acknowledgedCount) {
            try? connection.acknowledgeReceivedData(data.flowControlledLength, on: data.streamID)
        }
        acknowledgedCount = events.count
    }

    func status(of id: H2StreamID) -> String? {
        for case .responseReceived(let response) in events where response.streamID == id {
            return response.headers[":status"]
        }
        return nil
    }

    func informationalStatus(of id: H2StreamID) -> String? {
        for case .informationalResponseReceived(let response) in events
        where response.streamID == id { return response.headers[":status"] }
        return nil
    }

    func data(of id: H2StreamID) -> [UInt8] {
        var bytes: [UInt8] = []
        for case .dataReceived(let data) in events where data.streamID == id { bytes += data.data }
        return bytes
    }

    func isEnded(_ id: H2StreamID) -> Bool { events.contains(.streamEnded(.init(streamID: id))) }

    func resetCode(of id: H2StreamID) -> H2ErrorCode? {
        for case .streamReset(let reset) in events where reset.streamID == id {
            return reset.errorCode
        }
        return nil
    }

    /// Whether the server has sent GOAWAY with this code.
    func sawGoAway(_ code: H2ErrorCode = .noError) -> Bool {
        events.contains {
            if case .connectionTerminated(let end) = $0 { end.errorCode == code } else { false }
        }
    }

    private func receive() throws {
        while isReading, !isAtEnd, let bytes = try socket.pull(upTo: 65_536) {
            if bytes.isEmpty { isAtEnd = true }
            if isRaw { received += bytes } else { try connection.receiveData(bytes, into: &events) }
        }
    }
}

extension Descriptor {
    /// Returns two sockets that are connected to each other.
    static func pair() throws -> [Descriptor] {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Failure("socketpair") }
        return ends.map { Descriptor(owning: $0) }
    }
}
