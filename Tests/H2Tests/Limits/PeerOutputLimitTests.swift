// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The limits on output that the peer causes, and on memory.
@Suite struct PeerOutputLimitTests {
    private static let post = H2Headers.samplePost.block

    private static func limits(
        _ role: H2Configuration.Role = .server, _ change: (inout H2Limits) -> Void
    ) -> H2Configuration {
        .limited(role) {
            $0.controlFrames = .unlimited
            change(&$0)
        }
    }

    @Test("a peer that reads nothing is answered up to 262,144 bytes")
    func unread() throws {
        let peer = try Peer(Self.limits { _ in })
        peer.sent()
        // Each answer is 17 bytes.
        for _ in 0..<15 { try peer.receive((0..<1_000).flatMap { _ in FrameBuilder.ping() }) }
        #expect(peer.connection.usage.peerOutput == 255_000)
        let result = peer.receiveResult((0..<1_000).flatMap { _ in FrameBuilder.ping() })
        #expect(result.error?.kind == .denialOfService && result.error?.limit == .peerOutput)
        #expect(result.error?.expected == 262_144)
        // The connection ended at the frame that exceeded the limit.
        #expect(result.events.count == (262_144 - 255_000) / 17 + 1)
        #expect(peer.sent().last?.errorCode == 0xb)
    }

    @Test("without a limit, the answers continue")
    func unlimited() throws {
        let peer = try Peer(Self.limits { $0.peerOutput = nil })
        for _ in 0..<20 { try peer.receive((0..<1_000).flatMap { _ in FrameBuilder.ping() }) }
        #expect(peer.connection.outboundByteCount > 300_000)
    }

    @Test("every kind of answer counts: acknowledgements, resets, credit")
    func kinds() throws {
        let peer = try Peer(Self.limits { $0.provokedResets = .unlimited })
        func used(_ bytes: [UInt8]) throws -> Int {
            let before = peer.connection.usage.peerOutput
            try peer.receive(bytes)
            return peer.connection.usage.peerOutput - before
        }
        peer.sent()
        #expect(try used(FrameBuilder.headers(1, block: Self.post)) == 0)
        #expect(try used(FrameBuilder.settings()) == 9)
        #expect(try used(FrameBuilder.ping()) == 17)
        #expect(try used(FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff)) == 13)
        // The stream gets no second RST_STREAM.
        #expect(try used(FrameBuilder.data(1, [1])) == 0)
        // Ignored DATA is credited when it reaches half of the connection's window.
        let data = FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_384))
        #expect(try used(data) == 0 && used(data) == 13)
    }

    @Test("output that the caller queues does not count, however much it is")
    func callers() throws {
        let peer = try Peer(
            .limited(.server) { $0.peerOutput = 100 },
            settings: [(0x4, 0x7fff_ffff)])
        try peer.receive(
            FrameBuilder.windowUpdate(0, increment: 0x7000_0000)
                + FrameBuilder.headers(1, block: Self.post))
        peer.sent()
        try peer.connection.sendHeaders(.sampleResponse, on: 1)
        for _ in 0..<100 {
            try peer.connection.sendData([UInt8](repeating: 0, count: 16_384), on: 1)
            try peer.connection.ping(H2PingData(1))
        }
        try peer.connection.incrementFlowControlWindow(by: 1)
        #expect(peer.connection.usage.peerOutput == 0)
        try peer.receive(FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_384)))
        try peer.receive(FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_384)))
        try peer.receive(FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_384)))
        try peer.connection.acknowledgeReceivedData(3 * 16_384, on: 1)
        #expect(peer.connection.usage.peerOutput == 0)
        for _ in 0..<5 { try peer.receive(FrameBuilder.ping()) }
        #expect(peer.receiveResult(FrameBuilder.ping()).error?.limit == .peerOutput)
    }

    /// The ways to remove output.
    enum Way: CaseIterable {
        case array, span, segments
    }

    @Test("removed output no longer counts, however it is removed", arguments: Way.allCases)
    func taken(_ way: Way) throws {
        let peer = try Peer(Self.limits { $0.peerOutput = 200 })
        let connection = peer.connection
        peer.sent()
        for _ in 0..<1_000 {
            for _ in 0..<10 { try peer.receive(FrameBuilder.ping()) }
            switch way {
            case .array: _ = connection.dataToSend()
            case .span: _ = connection.withDataToSend { $0.count }
            case .segments: _ = unsafe connection.withSegmentsToSend { _ in .max }
            }
            #expect(connection.usage.peerOutput == 0)
        }
        // A caller that fails to write, and one that drops all output.
        struct Failure: Error {}
        for _ in 0..<10 { try peer.receive(FrameBuilder.ping()) }
        #expect(throws: Failure.self) {
            _ = try connection.withDataToSend { (_) throws(Failure) in throw Failure() }
        }
        #expect(connection.usage.peerOutput == 170)
        connection.clearOutboundDataBuffer()
        #expect(connection.usage.peerOutput == 0)
    }

    /// A server with 100 answers queued, 17 bytes each.
    private func answering() throws -> H2Connection {
        let peer = try Peer(Self.limits { $0.peerOutput = 3_000 })
        peer.sent()
        for _ in 0..<100 { try peer.receive(FrameBuilder.ping()) }
        #expect(peer.connection.usage.peerOutput == 1_700)
        return peer.connection
    }

    @Test(
        "borrowed answers count until they are removed, whatever is removed inside the call",
        arguments: [0, 1, 99])
    func takenInside(_ pings: UInt64) throws {
        let connection = try answering()
        for _ in 0..<2 {
            _ = try connection.withDataToSend { _ throws(H2Error) in
                for value in 0..<pings { try connection.ping(H2PingData(value)) }
                _ = connection.dataToSend()
                #expect(connection.usage.peerOutput == 1_700)
                try connection.ping(H2PingData(1))
                _ = connection.withDataToSend { $0.count }
                #expect(connection.usage.peerOutput == 1_700)
                return 0
            }
            #expect(connection.usage.peerOutput == 1_700)
            #expect(connection.outboundByteCount == 1_700)
        }
        let taken = connection.withDataToSend { $0.count }
        #expect(taken == 1_700)
        #expect(connection.usage.peerOutput == 0)
    }

    @Test("removing output inside withSegmentsToSend does not evade the limit")
    func boundInside() throws {
        let connection = try answering()
        let ping = FrameBuilder.ping()
        var error: H2Error?
        for _ in 0..<100 where error == nil {
            _ = unsafe connection.withSegmentsToSend { _ in
                error = failure { () throws(H2Error) in
                    try connection.ping(H2PingData(1))
                    _ = connection.dataToSend()
                    _ = try connection.receiveData(ping)
                }
                return 0
            }
        }
        #expect(error?.limit == .peerOutput)
        #expect(connection.outboundByteCount < 3_000 + 17 + 17)
    }

    @Test("clearing inside withDataToSend resets what the peer caused, and nested calls count")
    func clearedInside() throws {
        let connection = try answering()
        _ = try connection.withDataToSend { _ throws(H2Error) in
            _ = try connection.receiveData(FrameBuilder.ping())
            _ = try connection.withDataToSend { _ throws(H2Error) in
                _ = try connection.receiveData(FrameBuilder.ping())
                #expect(connection.usage.peerOutput == 1_734)
                connection.clearOutboundDataBuffer()
                #expect(connection.usage.peerOutput == 0)
                _ = try connection.receiveData(FrameBuilder.ping())
                return 17
            }
            #expect(connection.usage.peerOutput == 17)
            return 1_700
        }
        #expect(connection.usage.peerOutput == 17)
        _ = connection.dataToSend()
        #expect(connection.usage.peerOutput == 0)
    }

    @Test("removed answers no longer count, even if the output is never empty")
    func neverEmpty() throws {
        let peer = try Peer(
            Self.limits { $0.peerOutput = 2_000 }, settings: [(0x4, 0x7fff_ffff)])
        let connection = peer.connection
        try peer.receive(
            FrameBuilder.windowUpdate(0, increment: 0x7000_0000)
                + FrameBuilder.headers(1, block: Self.post))
        try connection.sendHeaders(.sampleResponse, on: 1)
        let data = [UInt8](repeating: 0, count: 16_384)
        for _ in 0..<20 { try connection.sendData(data, on: 1) }
        for _ in 0..<2_000 {
            try connection.sendData(data, on: 1)
            _ = try connection.receiveData(FrameBuilder.ping())
            _ = connection.dataToSend(upTo: 16_384 + 9 + 17)
        }
        #expect(connection.outboundByteCount > 300_000)
    }

    @Test("output caused inside withDataToSend counts in addition to the borrowed bytes")
    func causedInsideClosure() throws {
        let peer = try Peer(Self.limits { $0.peerOutput = 200 })
        let connection = peer.connection
        peer.sent()
        for _ in 0..<10 { try peer.receive(FrameBuilder.ping()) }
        var error: H2Error?
        _ = connection.withDataToSend { span in
            error = failure { () throws(H2Error) in
                for _ in 0..<2 { _ = try connection.receiveData(FrameBuilder.ping()) }
            }
            return span.count
        }
        #expect(error?.limit == .peerOutput)
    }

    // MARK: Memory

    @Test("memory limits promised streams if their number is not limited")
    func ceiling() throws {
        func promises(_ count: Int, memory: Int?) throws -> (Peer, H2Error?) {
            let peer = try Peer(
                Self.limits(.client) {
                    $0.memory = memory
                    $0.reservedStreams = nil
                })
            try peer.connection.sendHeaders(.sampleRequest, on: 1)
            for index in 1...count {
                let bytes = FrameBuilder.pushPromise(
                    1, promised: UInt32(index) * 2, block: Attacker.get)
                do throws(H2Error) {
                    _ = try peer.connection.receiveData(bytes)
                } catch {
                    return (peer, error)
                }
            }
            return (peer, nil)
        }
        let (peer, error) = try promises(3_000, memory: 200_000)
        #expect(error?.kind == .denialOfService && error?.errorCode == .enhanceYourCalm)
        #expect(error?.limit == .memory && error?.expected == 200_000)
        // Storage doubles, so usage may exceed the limit by half.
        #expect(200_001...300_000 ~= (error?.actual ?? 0))
        #expect(peer.connection.usage.reservedStreams > 100)
        #expect(peer.connection.usage.mostMemory == error?.actual)
        let (free, none) = try promises(3_000, memory: nil)
        #expect(none == nil && free.connection.usage.memory > 600_000)
    }

    @Test("open streams do not count as memory: the caller limits their number")
    func openStreams() throws {
        let server = try Peer(
            Self.limits { $0.memory = 50_000 }.with {
                $0.initialSettings[.maxConcurrentStreams] = 100_000
            })
        let client = try Peer(
            Self.limits(.client) { $0.memory = 50_000 }, settings: [(0x3, 100_000)])
        let ids = Attacker.streams(5_000)
        for id in ids {
            _ = try server.connection.receiveData(FrameBuilder.headers(id, block: Self.post))
            try client.connection.sendHeaders(.samplePost, on: H2StreamID(id))
        }
        for id in ids {
            _ = try client.connection.receiveData(
                FrameBuilder.headers(id, [":status": "200"], endStream: true))
        }
        #expect(server.connection.openInboundStreams == 5_000)
        #expect(server.connection.usage.mostMemory < 50_000)
        #expect(client.connection.usage.mostMemory < 50_000)
        // Storage kept for reuse does not count either.
        for id in ids {
            _ = try server.connection.receiveData(FrameBuilder.rstStream(id, code: 8))
        }
        #expect(server.connection.openInboundStreams == 0)
        #expect(server.connection.usage.memory < 50_000)
    }

    @Test("only the authority of a waiting promise is held, and counts")
    func promises() throws {
        let peer = try Peer(.limited(.client) { $0.memory = 100_000 })
        try peer.connection.sendHeaders(.sampleRequest, on: 1)
        func promise(_ index: Int, authority: Int) -> [UInt8] {
            let block = HPACKEncoder.block([
                (":method", "GET"), (":scheme", "https"), (":path", "/"),
                (":authority", String(repeating: "a", count: authority)),
                ("a", String(repeating: "x", count: 10_000)),
            ])
            return FrameBuilder.pushPromise(1, promised: UInt32(index) * 2, block: block)
        }
        func held(_ indices: ClosedRange<Int>, authority: Int) throws -> Int {
            let before = peer.connection.usage.memory
            for index in indices { try peer.receive(promise(index, authority: authority)) }
            let after = peer.connection.usage.memory
            for index in indices { try peer.receive(FrameBuilder.rstStream(UInt32(index) * 2)) }
            return after - before
        }
        _ = try held(1...20, authority: 512)
        let short = try held(21...40, authority: 1)
        let long = try held(41...60, authority: 512)
        #expect(short < long && 20 * 512...20 * 1_500 ~= long, "\(short), \(long)")
        // A longer authority is not held.
        #expect(try held(61...80, authority: 513) <= short)
        var error: H2Error?
        for index in 81...280 where error == nil {
            error = peer.receiveResult(promise(index, authority: 512)).error
        }
        #expect(error?.limit == .memory)
    }

    @Test("the parts of memory add up, and each grows with what it measures")
    func parts() throws {
        let peer = try Peer(.server, settings: [(0x4, 0x7fff_ffff)])
        let connection = peer.connection
        let idle = connection.memory
        #expect(idle.held > 0 && idle.inUse > 0 && idle.spare >= 0)
        #expect(idle.held == idle.streams + idle.headers + idle.input + idle.output + idle.engine)
        #expect(connection.usage.memory <= idle.held)

        try peer.receive(FrameBuilder.headers(1, block: Self.post))
        let open = connection.memory
        #expect(open.streams > idle.streams && open.engine >= idle.engine)
        #expect(open.headers > idle.headers)

        let frame = FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_384))
        _ = try connection.receiveData(frame.dropLast())
        #expect(connection.memory.input - open.input >= 16_392)
        _ = try connection.receiveData(frame.suffix(1))

        try connection.sendHeaders(.sampleResponse, on: 1)
        try connection.sendData([UInt8](repeating: 0, count: 16_384), on: 1)
        #expect(connection.memory.output >= 16_384)
        #expect(connection.memory.inUse - open.inUse >= 16_384)
        peer.sent()
        #expect(connection.memory.inUse - open.inUse < 16_384)
    }
}
