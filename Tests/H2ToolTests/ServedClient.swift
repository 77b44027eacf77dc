// SPDX-License-Identifier: MIT

import Glibc
import H2
import h2tool

/// A client, and its connection in the server, over a pair of sockets. The test tells the time.
final class ServedClient {
    static let start = ContinuousClock.now
    static let limits = ServerLimits(
        idle: .seconds(60), header: .seconds(10), stop: .seconds(5), connections: 2)

    let connection = H2Connection(.client)
    let served: ServerConnection
    private let socket: Descriptor
    private(set) var events: [H2Event] = []
    /// Whether the server said that it sends nothing more.
    private(set) var isAtEnd = false

    init(_ site: StaticFiles, handshake: Bool = true) throws {
        let ends = try Descriptor.pair()
        socket = ends[0]
        served = try ServerConnection(
            ends[1], site, Self.limits, Trace(label: "", isOn: false),
            at: Self.start)
        try connection.initiateConnection()
        guard handshake else {
            connection.clearOutboundDataBuffer()
            return
        }
        try exchange(after: 0)
        try exchange(after: 0)
    }

    /// The time so many seconds after the start.
    static func time(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// Seconds from the start to the deadline.
    var deadline: Double { Self.start.duration(to: served.deadline) / .seconds(1) }

    /// Sends what is queued, or these bytes, and takes what the server sends.
    func exchange(_ bytes: [UInt8]? = nil, after seconds: Double) throws {
        let output = bytes ?? connection.dataToSend()
        try socket.pushAll(output.span)
        served.advance(hasInput: !output.isEmpty, at: Self.time(seconds))
        try receive()
    }

    /// Lets time pass without a word.
    func wait(until seconds: Double) throws {
        served.expire(at: Self.time(seconds))
        try receive()
    }

    func stop(after seconds: Double) throws {
        served.stop(at: Self.time(seconds))
        try receive()
    }

    /// Whether the server said goodbye with this code.
    func sawGoAway(_ code: H2ErrorCode = .noError) -> Bool {
        events.contains {
            if case .connectionTerminated(let end) = $0 { end.errorCode == code } else { false }
        }
    }

    private func receive() throws {
        while !isAtEnd, let bytes = try socket.pull(upTo: 65_536) {
            if bytes.isEmpty { isAtEnd = true }
            try connection.receiveData(bytes, into: &events)
        }
    }
}

extension Descriptor {
    /// Two sockets that are connected to each other.
    static func pair() throws -> [Descriptor] {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Failure("socketpair") }
        return ends.map { Descriptor(owning: $0) }
    }
}
