// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing
import h2tool

/// How `h2tool serve` responds to requests.
@Suite struct ServerConnectionTests {
    private let folder: TemporaryFolder
    private let site: Site

    init() throws {
        folder = try TemporaryFolder()
        try folder.makeFile("small.txt", "small")
        try folder.makeFile("empty.txt", "")
        try folder.makeFile("large.txt", String(repeating: "a", count: 1_000_000))
        site = try Site(folder.path)
    }

    private func request(_ path: String, _ method: String = "GET") -> H2Headers {
        [":method": method, ":scheme": "http", ":authority": "a", ":path": path]
    }

    @Test("a request whose body is not needed is answered after its end", arguments: [0, 1])
    func earlyAnswer(kind: Int) throws {
        let (path, method, status) =
            [("/small.txt", "POST", "405"), ("/missing", "GET", "404")][kind]
        let client = try ServedClient(site)
        try client.connection.sendHeaders(request(path, method), on: 1)
        for _ in 0..<60 {
            try client.connection.sendData([UInt8](repeating: 7, count: 16_384), on: 1)
            try client.exchange(after: 1)
        }
        #expect(client.status(of: 1) == nil && client.resetCode(of: 1) == nil)
        try client.connection.endStream(1)
        try client.exchange(after: 1)
        #expect(client.status(of: 1) == status)
        #expect(client.isEnded(1) && client.resetCode(of: 1) == nil)
    }

    @Test("an unneeded upload of more than 1 MiB is answered, then reset")
    func longUpload() throws {
        let client = try ServedClient(site)
        try client.connection.sendHeaders(request("/small.txt", "POST"), on: 1)
        var sent = 0
        while !client.isEnded(1) {
            try client.connection.sendData([UInt8](repeating: 7, count: 16_384), on: 1)
            sent += 16_384
            try client.exchange(after: 1)
        }
        #expect(sent == 1 << 20 + 16_384)
        #expect(client.status(of: 1) == "405" && client.resetCode(of: 1) == .noError)
    }

    @Test("CONNECT is answered at once")
    func connect() throws {
        let client = try ServedClient(site)
        try client.connection.sendHeaders([":method": "CONNECT", ":authority": "a:1"], on: 1)
        try client.exchange(after: 1)
        #expect(client.status(of: 1) == "405" && client.isEnded(1))
    }

    @Test("a client that expects 100-continue gets it, or the final response")
    func expectation() throws {
        let client = try ServedClient(site)
        for (id, path) in [(H2StreamID(1), "/echo"), (3, "/small.txt")] {
            var headers = request(path, "POST")
            headers.append("expect", "100-Continue")
            try client.connection.sendHeaders(headers, on: id)
        }
        try client.exchange(after: 1)
        #expect(client.informationalStatus(of: 1) == "100" && client.status(of: 1) == "200")
        #expect(client.informationalStatus(of: 3) == nil && client.status(of: 3) == "405")
        #expect(client.isEnded(3) && client.resetCode(of: 3) == nil)
        // The server still reads a body that the client sends after the final response.
        try client.connection.sendData([1, 2], on: 1, endStream: true)
        try client.connection.sendData([1, 2], on: 3, endStream: true)
        try client.exchange(after: 1)
        #expect(client.data(of: 1) == [1, 2] && client.isEnded(1))
        #expect(client.resetCode(of: 3) == nil && !client.sawGoAway())
    }

    @Test("responses are complete, whatever the size of the file")
    func files() throws {
        let client = try ServedClient(site)
        for (index, name) in ["small.txt", "empty.txt", "large.txt"].enumerated() {
            let id = H2StreamID(UInt32(index) * 2 + 1)
            try client.connection.sendHeaders(request("/" + name), on: id, endStream: true)
        }
        try client.connection.sendHeaders(request("/large.txt", "HEAD"), on: 7, endStream: true)
        while !client.isEnded(5) {
            try client.exchange(after: 1)
            try client.acknowledgeAll()
        }
        #expect(client.data(of: 1) == Array("small".utf8))
        #expect(client.isEnded(3) && client.data(of: 3) == [])
        #expect(client.data(of: 5) == [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(client.isEnded(7) && client.data(of: 7) == [])
    }

    @Test(
        "a client that speaks HTTP/1.1 gets an HTTP/1.1 response that names usable clients",
        arguments: [4, 5, 1_000])
    func http1(pieceSize: Int) throws {
        let client = try ServedClient(site, handshake: false)
        client.isRaw = true
        try client.exchange([], after: 0)
        #expect(client.received.isEmpty)
        let request = Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8)
        try client.exchange(Array(request.prefix(pieceSize)), after: 1)
        if pieceSize < request.count {
            try client.exchange(Array(request.dropFirst(pieceSize)), after: 1)
        }
        let answer = String(decoding: client.received, as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 505 ") && answer.contains("--http2-prior-knowledge"))
        #expect(answer.contains("--http2 alone is not enough"))
        #expect(client.isAtEnd)
    }

    @Test("clients that do not read share 4 MiB of queued output, and others are still served")
    func queuedOutput() throws {
        let context = ServerContext(site, ServedClient.limits)
        let slow = try (0..<45).map { _ in
            let client = try ServedClient(context)
            client.isReading = false
            try client.connection.incrementFlowControlWindow(by: 1 << 20)
            try client.connection.updateSettings([.initialWindowSize: 1 << 20])
            for id: UInt32 in [1, 3] {
                let id = H2StreamID(id)
                try client.connection.sendHeaders(request("/large.txt"), on: id, endStream: true)
            }
            for _ in 1...4 { try client.exchange(after: 1) }
            return client
        }
        #expect(context.memory.outputByteCount > 3 << 20)
        // A client may reach its limit of 128 KiB just below 4 MiB; then each may queue 4 KiB.
        #expect(context.memory.outputByteCount < 4 << 20 + 45 * (4 << 10) + 256 << 10)
        let client = try ServedClient(context)
        try client.connection.sendHeaders(request("/large.txt"), on: 1, endStream: true)
        while !client.isEnded(1) {
            try client.exchange(after: 1)
            try client.acknowledgeAll()
        }
        #expect(client.data(of: 1).count == 1_000_000)
        for client in slow { try client.wait(until: 61) }
        for client in slow { try client.wait(until: 66) }
        #expect(slow.allSatisfy { $0.served.isClosed })
        #expect(context.memory.outputByteCount == 0)
    }

    @Test("bytes that /echo holds are counted until their stream or connection ends")
    func heldEcho() throws {
        let context = ServerContext(site, ServedClient.limits)
        let clients = try (0..<3).map { _ in
            let client = try ServedClient(context)
            try client.connection.updateSettings([.initialWindowSize: 0])
            try client.exchange(after: 1)
            try client.connection.sendHeaders(request("/echo", "POST"), on: 1)
            for _ in 0..<10 {
                try client.connection.sendData([UInt8](repeating: 1, count: 1_000), on: 1)
            }
            try client.exchange(after: 1)
            return client
        }
        #expect(context.memory.echoByteCount == 30_000)
        try clients[0].connection.resetStream(1, errorCode: .cancel)
        try clients[0].exchange(after: 1)
        #expect(context.memory.echoByteCount == 20_000)
        try clients[1].exchange(Array("nonsense that is long enough".utf8), after: 1)
        #expect(context.memory.echoByteCount == 10_000)
        clients[2].served.resetEchoStreams(at: ServedClient.time(2))
        try clients[2].exchange(after: 2)
        #expect(clients[2].resetCode(of: 1) == .enhanceYourCalm)
        #expect(context.memory.echoByteCount == 0 && !clients[2].sawGoAway())
    }

    @Test(
        "a server for more connections announces fewer streams",
        arguments: [1, 256, 1_000, 100_000])
    func announcedStreams(connections: Int) throws {
        var limits = ServedClient.limits
        limits.connections = connections
        let client = try ServedClient(ServerContext(site, limits))
        let expected = [1: 128, 256: 128, 1_000: 32, 100_000: 8][connections]
        #expect(client.connection.remoteSettings.maxConcurrentStreams == expected)
    }
}
