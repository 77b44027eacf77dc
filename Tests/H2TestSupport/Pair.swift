// SPDX-License-Identifier: MIT

public import H2

/// A client and a server in memory: the test calls either one, and `exchange` moves the bytes.
///
/// After each step both connections are checked; what is wrong is thrown as a `PairError`.
public final class Pair {
    /// What each side saw, in order.
    public typealias Events = (client: [H2Event], server: [H2Event])

    public let client: H2Connection
    public let server: H2Connection
    private let cut: Cut
    private static let maxRounds = 10_000

    /// Makes two connections that have not exchanged anything yet.
    public init(
        client: H2Configuration = .client, server: H2Configuration = .server, cut: Cut = .standard
    ) {
        self.client = H2Connection(client)
        self.server = H2Connection(server)
        self.cut = cut
    }

    /// Makes two connections whose prefaces are exchanged.
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

    /// Moves bytes in both directions until nothing is left to send.
    @discardableResult
    public func exchange() throws -> Events {
        var events: Events = ([], [])
        try check()
        for _ in 0..<Self.maxRounds {
            let moved = try move(from: client, to: server, &events.server)
            let movedBack = try move(from: server, to: client, &events.client)
            guard moved || movedBack else { return events }
        }
        throw PairError("still talking after \(Self.maxRounds) rounds")
    }

    /// Sends a request on a new stream, without exchanging.
    public func request(
        headers: H2Headers = .sampleRequest, endStream: Bool = true
    ) throws -> H2StreamID {
        let id = try client.nextAvailableStreamID()
        try client.sendHeaders(headers, on: id, endStream: endStream)
        try check()
        return id
    }

    /// Sends a response, without exchanging.
    public func respond(
        on id: H2StreamID, headers: H2Headers = .sampleResponse, body: [UInt8]? = nil,
        endStream: Bool = true
    ) throws {
        try server.sendHeaders(headers, on: id, endStream: endStream && body == nil)
        if let body { try server.sendData(body, on: id, endStream: endStream) }
        try check()
    }

    /// Sends a request and exchanges it.
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

    /// Throws a `PairError` unless the connection agrees with itself and with its engine.
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
