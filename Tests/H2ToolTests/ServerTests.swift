// SPDX-License-Identifier: MIT

import H2
import Testing
import h2tool

/// The event loop of `h2tool serve`, over the loopback interface.
@Suite struct ServerTests {
    private let folder: TemporaryFolder
    private let site: Site
    /// Nobody writes to it.
    private let signals: [Descriptor]
    private let listener: Descriptor

    init() throws {
        folder = try TemporaryFolder()
        site = try Site(folder.path)
        signals = try Descriptor.pair()
        listener = try Descriptor.listening(on: "127.0.0.1", 0)
    }

    private func makeServer(
        clock: @escaping () -> ContinuousClock.Instant = { .now }
    ) throws -> Server {
        try Server(
            site: site, limits: ServedClient.limits, isVerbose: false, signals: signals[0],
            listener: listener, clock: clock)
    }

    private func connect(to server: Server) throws -> Descriptor {
        try Descriptor.connecting(to: "127.0.0.1", server.port)
    }

    @Test("a connection beyond the limit waits until another one has ended")
    func connectionLimit() throws {
        var server = try makeServer()
        var clients = try (0..<3).map { _ in try connect(to: server) }
        while server.connectionCount < 2 { try server.step() }
        // The third is there, and is not taken: only the second one's bytes are.
        try clients[1].pushAll(Array("x".utf8).span)
        try server.step()
        #expect(server.connectionCount == 2)
        // The first one leaves.
        clients.removeFirst()
        while server.connectionCount == 2 { try server.step() }
        while server.connectionCount < 2 { try server.step() }
        #expect(server.connectionCount == 2)
    }

    @Test("a deadline wakes the server, though no client does anything")
    func deadline() throws {
        let times = Times()
        var server = try makeServer(clock: { times.now })
        let client = try connect(to: server)
        while server.connectionCount < 1 { try server.step() }
        times.now += .seconds(10)
        try server.step()
        times.now += .seconds(5)
        try server.step()
        #expect(server.connectionCount == 0)
        _ = client
    }

    @Test("a signal stops the server once its clients have gone, or their time is over")
    func signal() throws {
        let times = Times()
        var server = try makeServer(clock: { times.now })
        let client = try connect(to: server)
        while server.connectionCount < 1 { try server.step() }
        try signals[1].pushAll([0].span)
        while server.port != 0 { try server.step() }
        #expect(!server.isDone)
        times.now += .seconds(5)
        try server.step()
        #expect(server.isDone)
        _ = client
    }

    /// A clock that stands still.
    private final class Times {
        var now = ContinuousClock.now
    }
}
