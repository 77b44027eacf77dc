// SPDX-License-Identifier: MIT

public import H2

/// A client and a server in memory: tests call either one, and `exchange` moves their output.
///
/// Each step checks both connections and throws a `PairError` for a problem.
public final class Pair {
    /// The events of each side, in order.
    public typealias Events = (client: [H2Event], server: [H2Event])

    public let client: H2Connection
    public let server: H2Connection
    private let cut: Cut
    private static let maxRounds = 10_000

    /// Creates two connections that have exchanged nothing.
    public init(
        client: H2Configuration = .client, server: H2Configuration = .server, cut: Cut = .standard
    ) {
        self.client = H2Connection(client)
        self.server = H2Connection(server)
        self.cut = cut
    }

    /// Creates two connections that have exchanged their prefaces.
    public static func started(
        client: H2Configuration = .client, server: H2Configuration = .server, cut: Cut = .standard
    ) throws -> Pair {
        let pair = Pair(client: client, server: server, cut: cut)
        try pair.start()
        return pair
    }

    /// Initiates both connections and exchanges their prefaces.
    @discardableResult
    public func start() throws -> Events {
        try client.initiateConnection()
        try check(client)
        try server.initiateConnection()
        try check(server)
        return try exchange()
    }

    /// Moves output in both directions until none is left.
    @discardableResult
    public func exchange() throws -> Events {
        var events: Events = ([], [])
        try check()
        for _ in 0..<Self.maxRounds {
            let moved = try move(from: client, to: server, &events.server)
            let movedBack = try move(from: server, to: client, &events.client)
            guard moved || movedBack else { return events }
        }
        throw PairError("output continues after \(Self.maxRounds) rounds")
    }

    /// Queues a request on a new stream without exchanging it.
    public func request(
        headers: H2Headers = .sampleRequest, endStream: Bool = true
    ) throws -> H2StreamID {
        let id = try client.nextAvailableStreamID()
        try client.sendHeaders(headers, on: id, endStream: endStream)
        try check()
        return id
    }

    /// Queues a response without exchanging it.
    public func respond(
        on id: H2StreamID, headers: H2Headers = .sampleResponse, body: [UInt8]? = nil,
        endStream: Bool = true
    ) throws {
        try server.sendHeaders(headers, on: id, endStream: endStream && body == nil)
        if let body { try server.sendData(body, on: id, endStream: endStream) }
        try check()
    }

    /// Queues a request and exchanges it.
    public func openStream(
        headers: H2Headers = .sampleRequest, endStream: Bool = false
    ) throws -> H2StreamID {
        let id = try request(headers: headers, endStream: endStream)
        try exchange()
        return id
    }

    /// Checks both connections.
    public func check() throws {
        try check(client)
        try check(server)
    }

    /// Throws a `PairError` if the connection's state differs from nghttp2's.
    public func check(_ connection: H2Connection) throws { try PairError.check(connection) }

    private func move(
        from sender: H2Connection, to receiver: H2Connection, _ events: inout [H2Event]
    ) throws -> Bool {
        let bytes = sender.dataToSend()
        try check(sender)
        guard !bytes.isEmpty else { return false }
        for piece in cut.pieces(of: bytes) {
            try receiver.receiveData(piece, at: nil, into: &events)
            try check(receiver)
        }
        return true
    }
}
