// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing
import h2tool

/// The timeouts of `h2tool serve`: 10 seconds until SETTINGS and for a field block, 60 without
/// progress, 5 to finish.
@Suite struct ServerLimitsTests {
    private let folder: TemporaryFolder
    private let site: Site

    init() throws {
        folder = try TemporaryFolder()
        try folder.makeFile("file.txt", String(repeating: "a", count: 100_000))
        site = try Site(folder.path)
    }

    private func request(_ path: String, _ method: String = "GET") -> H2Headers {
        [":method": method, ":scheme": "http", ":authority": "a", ":path": path]
    }

    @Test("a client that sends nothing times out")
    func silence() throws {
        let client = try ServedClient(site, handshake: false)
        #expect(client.deadline == 10)
        client.served.expire(at: ServedClient.time(9.9))
        #expect(client.deadline == 10)
        client.served.expire(at: ServedClient.time(10))
        #expect(!client.served.isClosed)
        // The server sends GOAWAY and waits 5 seconds for the client to read it.
        try client.wait(until: 14.9)
        #expect(client.sawGoAway(.protocolError) && client.isAtEnd && !client.served.isClosed)
        try client.wait(until: 15)
        #expect(client.served.isClosed)
    }

    @Test("the server closes at once when a client leaves without sending a byte")
    func leaving() throws {
        let client = try ServedClient(site, handshake: false)
        client.isReading = false
        try client.endInput(after: 1)
        #expect(client.served.isClosed)
    }

    @Test("a client that sends its preface byte by byte times out")
    func slowPreface() throws {
        let client = try ServedClient(site, handshake: false)
        for (second, byte) in FrameBuilder.preface().prefix(9).enumerated() {
            try client.exchange([byte], after: Double(second))
        }
        #expect(client.deadline == 10)
        client.served.expire(at: ServedClient.time(10))
        #expect(client.deadline == 15)
    }

    @Test("a client that makes no request times out, whatever else it sends")
    func idle() throws {
        let client = try ServedClient(site)
        #expect(client.deadline == 60)
        try client.connection.ping(H2PingData(1))
        try client.exchange(after: 30)
        #expect(client.deadline == 60)
        try client.wait(until: 59.9)
        #expect(!client.sawGoAway())
        try client.wait(until: 60)
        #expect(client.sawGoAway() && !client.isAtEnd)
        // The client answers the PING after GOAWAY.
        try client.exchange(after: 60.5)
        #expect(client.isAtEnd && !client.served.isClosed)
        try client.wait(until: 65.5)
        #expect(client.served.isClosed)
    }

    @Test("a client that makes no request and does not answer PING gets another second")
    func silentIdle() throws {
        let client = try ServedClient(site)
        try client.wait(until: 60)
        #expect(client.deadline == 61)
        try client.wait(until: 61)
        #expect(client.isAtEnd && client.deadline == 66)
    }

    @Test("a client that sends a field block byte by byte times out")
    func slowHeaders() throws {
        let client = try ServedClient(site)
        let block = H2Headers.sampleRequest.block
        let frames =
            FrameBuilder.headers(1, block: Array(block.prefix(4)), endHeaders: false)
            + block.dropFirst(4).flatMap {
                FrameBuilder.continuation(1, block: [$0], endHeaders: false)
            }
        for (index, byte) in frames.prefix(100).enumerated() {
            try client.exchange([byte], after: 20 + Double(index) / 11)
        }
        // The time counts from the byte that completes the header of the frame.
        let deadline = try #require(client.deadline)
        #expect(30...31 ~= deadline)
        try client.wait(until: 29.9)
        #expect(!client.sawGoAway(.enhanceYourCalm))
        try client.wait(until: 31)
        #expect(client.sawGoAway(.enhanceYourCalm))
    }

    @Test(
        "an incomplete request in one write with SETTINGS does not escape the header timeout",
        arguments: [true, false])
    func unfinishedAfterSettings(cutsFrame: Bool) throws {
        let client = try ServedClient(site, handshake: false)
        let block = H2Headers.sampleRequest.block
        let headers = FrameBuilder.headers(1, block: block, endHeaders: cutsFrame)
        let start = FrameBuilder.preface() + FrameBuilder.settings([])
        try client.exchange(start + headers.dropLast(cutsFrame ? 1 : 0), after: 2)
        #expect(client.deadline == 12)
        // Only CONTINUATION can follow an incomplete field block. It does not extend the deadline.
        if !cutsFrame {
            for second in 3..<9 {
                let piece = FrameBuilder.continuation(1, block: [], endHeaders: false)
                try client.exchange(piece, after: Double(second))
            }
        }
        #expect(client.deadline == 12)
        try client.wait(until: 12)
        #expect(client.sawGoAway(.enhanceYourCalm))
    }

    @Test("reads that end inside a frame do not time out if each read completes another frame")
    func readsInsideFrames() throws {
        let client = try ServedClient(site)
        try client.connection.sendHeaders(request("/missing"), on: 1, endStream: true)
        var bytes = client.connection.dataToSend()
        for second in 1...50 {
            let id = H2StreamID(UInt32(second) * 2 + 1)
            try client.connection.sendHeaders(request("/missing"), on: id, endStream: true)
            bytes += client.connection.dataToSend()
            // The end of one request and the start of the next one.
            try client.exchange(Array(bytes.dropLast(5)), after: Double(second))
            bytes = Array(bytes.suffix(5))
            #expect(client.deadline == Double(second) + 10)
        }
        #expect(!client.sawGoAway())
    }

    @Test("a frame that arrives in parts does not time out if it is complete in time")
    func partsOfFrame() throws {
        let client = try ServedClient(site)
        try client.connection.sendHeaders(request("/file.txt"), on: 1, endStream: true)
        let bytes = client.connection.dataToSend()
        try client.exchange(Array(bytes.prefix(5)), after: 20)
        try client.exchange(Array(bytes.dropFirst(5)), after: 29)
        try client.wait(until: 45)
        #expect(client.status(of: 1) == "200" && !client.sawGoAway(.enhanceYourCalm))
    }

    @Test("a client that sends nothing on an open stream loses the stream")
    func inactivity() throws {
        let client = try ServedClient(site)
        try client.connection.sendHeaders(request("/echo", "POST"), on: 1)
        try client.exchange(after: 50)
        try client.connection.sendData([1, 2, 3], on: 1)
        try client.exchange(after: 100)
        try client.wait(until: 110)
        #expect(client.deadline == 160)
        // PING and SETTINGS are not progress.
        try client.connection.ping(H2PingData(1))
        try client.connection.updateSettings([.maxConcurrentStreams: 7])
        try client.exchange(after: 150)
        try client.wait(until: 159.9)
        #expect(client.resetCode(of: 1) == nil)
        try client.wait(until: 160)
        #expect(client.resetCode(of: 1) == .cancel && !client.sawGoAway())
        // Now the connection is idle.
        #expect(client.deadline == 220)
    }

    @Test("a download on a window of 0 is reset")
    func closedWindow() throws {
        let client = try ServedClient(site)
        try client.connection.updateSettings([.initialWindowSize: 0])
        try client.connection.sendHeaders(request("/file.txt"), on: 1, endStream: true)
        try client.exchange(after: 1)
        for second in 2..<61 {
            try client.connection.ping(H2PingData(UInt64(second)))
            try client.exchange(after: Double(second))
        }
        try client.wait(until: 60.9)
        #expect(client.resetCode(of: 1) == nil)
        try client.wait(until: 61)
        #expect(client.resetCode(of: 1) == .cancel && client.data(of: 1).isEmpty)
    }

    @Test("a download by single bytes is reset, one of enough bytes is not", arguments: [1, 100])
    func slowReader(increment: Int) throws {
        let client = try ServedClient(site)
        try client.connection.updateSettings([.initialWindowSize: 0])
        try client.connection.sendHeaders(request("/file.txt"), on: 1, endStream: true)
        for second in 1...61 {
            try client.exchange(after: Double(second))
            if client.resetCode(of: 1) != nil { break }
            try client.connection.incrementFlowControlWindow(by: increment, on: 1)
        }
        try client.wait(until: 61.5)
        #expect(client.resetCode(of: 1) == (increment == 1 ? .cancel : nil))
    }

    @Test("a client that does not read from the socket is disconnected")
    func unreadOutput() throws {
        try folder.makeFile("large.txt", String(repeating: "a", count: 4_000_000))
        let client = try ServedClient(site)
        client.isReading = false
        try client.connection.incrementFlowControlWindow(by: 1 << 30)
        try client.connection.updateSettings([.initialWindowSize: 1 << 30])
        try client.connection.sendHeaders(request("/large.txt"), on: 1, endStream: true)
        for _ in 1...10 { try client.exchange(after: 1) }
        try client.wait(until: 60.9)
        #expect(!client.served.isClosed)
        try client.wait(until: 61)
        #expect(client.served.isClosed)
    }

    @Test("a stopped server waits for open requests until its timeout")
    func stop() throws {
        let client = try ServedClient(site)
        try client.connection.sendHeaders(request("/echo", "POST"), on: 1)
        try client.exchange(after: 1)
        try client.stop(after: 2)
        #expect(client.sawGoAway())
        try client.connection.sendData([1], on: 1)
        try client.exchange(after: 6)
        #expect(client.data(of: 1) == [1])
        try client.wait(until: 6.9)
        #expect(!client.served.isClosed)
        try client.wait(until: 7)
        #expect(client.served.isClosed)
    }

    @Test("a stopped server ends once its open requests are complete")
    func stopAndFinish() throws {
        let client = try ServedClient(site)
        try client.connection.sendHeaders(request("/echo", "POST"), on: 1)
        try client.exchange(after: 1)
        // The client sends the second request before it receives GOAWAY.
        client.isReading = false
        try client.stop(after: 2)
        try client.connection.sendHeaders(request("/missing"), on: 3, endStream: true)
        client.isReading = true
        try client.exchange(after: 3)
        #expect(client.status(of: 3) == "404" && client.sawGoAway() && !client.isAtEnd)
        try client.connection.endStream(1)
        try client.exchange(after: 4)
        #expect(client.isEnded(1) && client.isAtEnd)
        try client.endInput(after: 4)
        #expect(client.served.isClosed)
    }

    @Test("a client with another protocol gets 5 seconds to close")
    func otherProtocol() throws {
        let client = try ServedClient(site, handshake: false)
        client.isRaw = true
        // The start of a TLS handshake.
        try client.exchange([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00], after: 3)
        #expect(client.deadline == 8)
        client.served.expire(at: ServedClient.time(8))
        #expect(client.served.isClosed)
    }
}
