// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import Testing

/// Attacks on an `H2Handler` in a channel. `Tests/H2Tests/Attacks` has the complete list of
/// attacks.
@Suite(.serialized) struct HandlerAttackTests {
    private func server() throws -> HandlerChannel {
        let peer = try HandlerChannel(Flood.serverConfiguration)
        peer.delegate.keepsPayloads = false
        peer.front.outputClosing = .succeeds
        return peer
    }

    /// Sends a flood until the connection ends, and returns the number of its steps.
    private func run(
        _ flood: Flood, on peer: HandlerChannel, stepsInRead: UInt32
    ) throws -> UInt32 {
        let meter = MemoryMeter()
        var step: UInt32 = 0
        try peer.receive(flood.opening)
        while peer.handler.withConnection({ $0.connectionState }) != .closed, step < 60_000 {
            let bytes = (0..<stepsInRead).flatMap { flood.step(step + $0) }
            step += stepsInRead
            let buffer = ByteBuffer(bytes: bytes)
            try meter.measure {
                try peer.receive(buffer)
                peer.runLoop()
            }
            // Release what the test holds, so that only memory of the handler is measured.
            peer.delegate.forget()
            #expect(meter.held < 1 << 20)
        }
        return step
    }

    @Test(
        "a flood ends the connection with GOAWAY, and little memory is held",
        arguments: Flood.onServers)
    func flood(_ flood: Flood) throws {
        for stepsInRead in [UInt32(1), 50] {
            let peer = try server()
            let steps = try run(flood, on: peer, stepsInRead: stepsInRead)
            #expect(steps < 5_000)
            let last = peer.sent().last
            #expect(last?.type == .goAway)
            #expect(last?.errorCode == flood.code)
            // Bytes that follow are not processed.
            try peer.receive(FrameBuilder.ping(1) + FrameBuilder.get(0x7fff_fff1))
            #expect(peer.delegate.received == [] && peer.sent() == [])
            peer.advance(.seconds(3))
            #expect(!peer.isOpen)
            #expect(peer.delegate.error?.kind == .denialOfService)
            #expect(peer.delegate.errors.count == 1)
        }
    }

    @Test("a peer that floods and reads nothing is disconnected, too", arguments: Flood.onServers)
    func floodWithoutReading(_ flood: Flood) throws {
        let peer = try server()
        peer.setWritable(false)
        let steps = try run(flood, on: peer, stepsInRead: 20)
        #expect(steps < 5_000)
        #expect(peer.sent() == [])
        #expect(peer.waitingByteCount < 100_000)
        peer.advance(.seconds(33))
        #expect(!peer.isOpen)
        #expect(peer.delegate.errors.count == 1)
    }

    private static let clientFloods: [Flood] = [
        Flood(testDescription: "pings") { FrameBuilder.ping(UInt64($0)) },
        Flood(testDescription: "settings") { _ in FrameBuilder.settings() },
        Flood(testDescription: "empty DATA", opening: FrameBuilder.response(1)) { _ in
            FrameBuilder.data(1)
        },
        Flood(testDescription: "informational responses") { _ in
            FrameBuilder.headers(1, [":status": "103", "a": "b"])
        },
        Flood(testDescription: "promises") {
            FrameBuilder.pushPromise(1, promised: 2 * $0 + 2, block: FrameBuilder.getBlock)
        },
        Flood(testDescription: "promises that are reset") {
            FrameBuilder.pushPromise(1, promised: 2 * $0 + 2, block: FrameBuilder.getBlock)
                + FrameBuilder.rstStream(2 * $0 + 2)
        },
        Flood(testDescription: "alternative services") { _ in
            FrameBuilder.altSvc(1, field: "a")
        },
        Flood(testDescription: "GOAWAY") { _ in FrameBuilder.goAway(last: 0x7fff_ffff) },
    ]

    @Test("a flood of a server ends the connection of a client", arguments: clientFloods)
    func clientFlood(_ flood: Flood) throws {
        var configuration = H2Configuration(.client)
        configuration.limits = Flood.serverConfiguration.limits
        let peer = try HandlerChannel(configuration)
        peer.delegate.keepsPayloads = false
        try peer.handler.sendHeaders(.sampleRequest, on: 1, endStream: true)
        peer.runLoop()
        let steps = try run(flood, on: peer, stepsInRead: 20)
        #expect(steps < 5_000)
        let last = peer.sent().last
        #expect(last?.type == .goAway && last?.errorCode == flood.code)
        #expect(!peer.isOpen)
        #expect(peer.delegate.errors.count == 1)
    }

    @Test("a window of zero, opened byte by byte, ends the connection")
    func zeroWindows() throws {
        let peer = try server()
        peer.delegate.onEvent = { event, handler in
            guard case .requestReceived(let request) = event else { return }
            try? handler.sendHeaders(.sampleResponse, on: request.streamID)
            try? handler.enqueueData(
                ByteBuffer(bytes: pattern(10_000)), on: request.streamID, endStream: true)
        }
        try peer.receive(FrameBuilder.settings([(0x4, 0)]))
        for index in UInt32(0)..<100 { try peer.receive(FrameBuilder.get(2 * index + 1)) }
        #expect(peer.sent().compactMap(\.data).isEmpty)
        #expect(peer.isOpen)
        #expect(peer.handler.withConnection { $0.queuedByteCount } == 1_000_000)
        // A request beyond MAX_CONCURRENT_STREAMS is refused, and queues no response.
        try peer.receive(FrameBuilder.get(201))
        #expect(peer.sent().map(\.type) == [.rstStream])
        #expect(peer.handler.withConnection { $0.queuedByteCount } == 1_000_000)
        var steps: UInt32 = 0
        while peer.handler.withConnection({ $0.connectionState }) != .closed, steps < 10_000 {
            try peer.receive(FrameBuilder.windowUpdate(2 * (steps % 100) + 1, increment: 1))
            steps += 1
        }
        #expect(steps < 5_000)
        #expect(peer.sent().last?.errorCode == 0xb)
        #expect(peer.handler.withConnection { $0.queuedByteCount } == 0)
    }

    @Test("small DATA ends the connection")
    func smallData() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1))
        var steps = 0
        while peer.handler.withConnection({ $0.connectionState }) != .closed, steps < 70_000 {
            try peer.receive(FrameBuilder.data(1, [1]))
            steps += 1
        }
        #expect(steps < 70_000)
        #expect(peer.sent().last?.type == .goAway)
    }

    @Test("another protocol closes the channel without GOAWAY")
    func otherProtocols() throws {
        for text in ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", "PRI * HTTP/2.0\r\n\r\nXX"] {
            let peer = try HandlerChannel(.server, handshake: false)
            peer.sent()
            try peer.receive(Array(text.utf8))
            #expect(!peer.isOpen)
            #expect(peer.sent() == [])
            #expect(peer.delegate.errors.count == 1)
        }
    }

    @Test("a connection that ends in an attack frees its memory")
    func freesMemory() throws {
        for flood in Flood.onServers.prefix(6) {
            var frees: [Int] = []
            // One-time allocations of the process do not occur the second time.
            for _ in 0..<2 {
                let meter = MemoryMeter()
                try meter.measure {
                    let peer = try server()
                    try peer.receive(flood.opening)
                    for step in 0..<UInt32(1_200) { try peer.receive(flood.step(step)) }
                    peer.close()
                    peer.runLoop()
                }
                frees.append(meter.held)
            }
            #expect(frees[1] < 1_000, "\(flood.testDescription) \(frees)")
        }
    }

    @Test("random bytes after the preface neither trap nor keep the channel open")
    func randomBytes() throws {
        var random = SplitMix(seed: 4)
        for _ in 0..<300 {
            let peer = try HandlerChannel(.server)
            peer.delegate.keepsPayloads = false
            var sent = 0
            while peer.isOpen, sent < 200_000 {
                // Often a valid type and a short length, so that some frames are accepted.
                var bytes = random.bytes(9 + random.below(60))
                if random.chance(90) { bytes[0] = 0 }
                if random.chance(90) { bytes[1] = 0 }
                bytes[3] = UInt8(random.below(12))
                try peer.receive(bytes)
                sent += bytes.count
            }
            peer.close()
            #expect(peer.delegate.errors.count == 1)
        }
    }
}
#endif
