// SPDX-License-Identifier: MIT

import H2
import Testing
import h2tool

/// The event loop of `h2tool serve`, over the loopback interface.
@Suite struct ServerTests {
    private let folder: TemporaryFolder
    private let site: Site
    /// A socket pair that stands for signals; only the test of signals writes to it.
    private let signals: [Descriptor]
    private let listener: Descriptor

    init() throws {
        folder = try TemporaryFolder()
        site = try Site(folder.path)
        signals = try Descriptor.pair()
        listener = try Descriptor.listening(on: "127.0.0.1", 0)
    }

    private func makeServer(
        clock: @escaping () -> H2Instant = { .now }
    ) throws -> Server {
        try Server(
            site: site, limits: ServedClient.limits, isVerbose: false, signals: signals[0],
            listener: listener, clock: clock)
    }

    private func connect(to server: Server) throws -> Descriptor {
        try Descriptor.connecting(to: "127.0.0.1", server.port)
    }

    @Test("a connection beyond the limit is accepted after another one has ended")
    func connectionLimit() throws {
        var server = try makeServer()
        var clients = try (0..<3).map { _ in try connect(to: server) }
        while server.connectionCount < 2 { try server.step() }
        // The third client is not accepted: this step only receives the second client's byte.
        try clients[1].pushAll(Array("x".utf8).span)
        try server.step()
        #expect(server.connectionCount == 2)
        // The first client closes its connection.
        clients.removeFirst()
        while server.connectionCount == 2 { try server.step() }
        while server.connectionCount < 2 { try server.step() }
        #expect(server.connectionCount == 2)
    }

    @Test("a deadline wakes the server without activity by clients")
    func deadline() throws {
        let times = Times()
        var server = try makeServer(clock: { times.now })
        let client = try connect(to: server)
        while server.connectionCount < 1 { try server.step() }
        times.now = times.now.advanced(by: .seconds(10))
        try server.step()
        times.now = times.now.advanced(by: .seconds(5))
        try server.step()
        #expect(server.connectionCount == 0)
        _ = client
    }

    @Test("a signal stops the server once its clients have left or timed out")
    func signal() throws {
        let times = Times()
        var server = try makeServer(clock: { times.now })
        let client = try connect(to: server)
        while server.connectionCount < 1 { try server.step() }
        try signals[1].pushAll([0].span)
        while server.port != 0 { try server.step() }
        #expect(!server.isDone)
        // The client does not answer the PING of the graceful shutdown, nor close its connection.
        times.now = times.now.advanced(by: .seconds(1))
        try server.step()
        #expect(!server.isDone)
        times.now = times.now.advanced(by: .seconds(5))
        try server.step()
        #expect(server.isDone)
        _ = client
    }

    /// A clock that only the test advances.
    private final class Times {
        var now = H2Instant.now
    }
}
