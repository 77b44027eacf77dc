// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// How useful work restores the budgets, and what uses none of them.
@Suite struct BudgetRestorationTests {
    private static let post = H2Headers.samplePost.block
    private static let get = H2Headers.sampleRequest.block

    /// A server on which part of each budget is used up, and stream 1 is closed.
    private func server(_ change: (inout H2Limits) -> Void = { _ in }) throws -> Peer {
        var configuration = H2Configuration.limited(.server, change)
        // Few enough streams not to raise a budget.
        configuration.initialSettings = [.initialWindowSize: 1 << 24, .maxConcurrentStreams: 2]
        let peer = try Peer(configuration, settings: [(0x4, 1 << 24)])
        try peer.connection.incrementFlowControlWindow(by: 1 << 24)
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 1 << 24))
        try peer.receive(FrameBuilder.headers(1, block: Self.post))
        // A DATA frame with a byte restores a unit of `emptyData`.
        for _ in 0..<50 { try peer.receive(FrameBuilder.data(1, [1])) }
        for _ in 0..<200 { try peer.receive(FrameBuilder.data(1)) }
        try peer.receive(FrameBuilder.rstStream(1))
        for id: UInt32 in stride(from: 3, to: 23, by: 2) {
            try peer.receive(
                FrameBuilder.headers(id, block: Self.get, endStream: true)
                    + FrameBuilder.rstStream(id))
            try peer.receive(FrameBuilder.data(id, [1]))
        }
        for _ in 0..<1_000 {
            try peer.receive(FrameBuilder.ping())
            try peer.receive(FrameBuilder.windowUpdate(0, increment: 1))
        }
        peer.sent()
        return peer
    }

    /// Returns how much of each budget a call restores.
    private func restored(
        _ connection: H2Connection, _ call: () throws -> Void
    ) rethrows -> [FrequencyLimit: Int] {
        let before = connection.usage
        try call()
        let after = connection.usage
        var restored: [FrequencyLimit: Int] = [:]
        for limit in FrequencyLimit.allCases {
            let difference = before[limit].used - after[limit].used
            if difference != 0 { restored[limit] = difference }
        }
        return restored
    }

    @Test("a completed request restores units of each budget")
    func request() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.headers(101, block: Self.get, endStream: true))
        let restored = try restored(peer.connection) {
            try peer.connection.sendHeaders(.sampleResponse, on: 101, endStream: true)
        }
        #expect(
            restored == [
                .peerResets: 2, .provokedResets: 2, .controlFrames: 8, .windowUpdates: 4,
                .emptyData: 8, .smallData: 8,
            ])
    }

    @Test("received DATA restores units, by its bytes and as a frame")
    func received() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.headers(101, block: Self.post))
        let data = [UInt8](repeating: 0, count: 16_384)
        let restored = try restored(peer.connection) {
            for _ in 0..<3 { try peer.receive(FrameBuilder.data(101, data)) }
        }
        #expect(
            restored == [
                .peerResets: 3, .provokedResets: 3, .controlFrames: 3, .emptyData: 3,
            ])
    }

    @Test("sent DATA restores units, by its bytes and as a frame")
    func sent() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.headers(101, block: Self.get, endStream: true))
        try peer.connection.sendHeaders(.sampleResponse, on: 101)
        let large = try restored(peer.connection) {
            try peer.connection.sendData([UInt8](repeating: 0, count: 16_384), on: 101)
        }
        #expect(
            large == [
                .peerResets: 1, .provokedResets: 1, .controlFrames: 1, .windowUpdates: 514,
            ])
        let small = try restored(peer.connection) {
            for _ in 0..<4 { try peer.connection.sendData([1], on: 101) }
        }
        #expect(small == [.controlFrames: 4, .windowUpdates: 8])
    }

    @Test("DATA for a window that grows byte by byte restores almost nothing")
    func dribble() throws {
        let peer = try Peer(
            .limited(.server) { $0.windowUpdates = .init(100, perSecond: 0) }, settings: [(0x4, 0)])
        try peer.receive(FrameBuilder.headers(101, block: Self.get, endStream: true))
        try peer.connection.sendHeaders(.sampleResponse, on: 101)
        var error: H2Error?
        var steps = 0
        while error == nil, steps < 1_000 {
            error = peer.receiveResult(FrameBuilder.windowUpdate(101, increment: 1)).error
            if error == nil { try peer.connection.sendData([1], on: 101) }
            steps += 1
        }
        #expect(error?.limit == .windowUpdates)
        #expect(steps <= 104)
    }

    @Test("acknowledging small DATA restores its units, and so does enlarging the window")
    func acknowledged() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.headers(101, block: Self.post))
        for _ in 0..<20 { try peer.receive(FrameBuilder.data(101, [1])) }
        let first = try restored(peer.connection) {
            try peer.connection.acknowledgeReceivedData(5, on: 101)
        }
        #expect(first == [.smallData: 5])
        let second = try restored(peer.connection) {
            try peer.connection.incrementFlowControlWindow(by: 7, on: 101)
        }
        #expect(second == [.smallData: 7])
    }

    @Test("acknowledging more than was received restores no more, however much it is")
    func acknowledgedTooMuch() throws {
        let connection = try Peer(.server).connection
        _ = try connection.receiveData(FrameBuilder.headers(1, block: Self.post))
        for _ in 0..<20_000 {
            _ = try connection.receiveData(FrameBuilder.data(1, [1, 2, 3, 4, 5]))
            try connection.acknowledgeReceivedData(.max, on: 1)
            try connection.acknowledgeReceivedData(.max, on: 1)
            _ = connection.dataToSend()
        }
        #expect(connection.usage.smallData.mostUsed == 1)
    }

    @Test("small DATA is 1 to 63 bytes, padding not included, and does not end the stream")
    func small() throws {
        let peer = try Peer(.server)
        func used(_ frame: [UInt8]) throws -> [Int] {
            let before = peer.connection.usage
            try peer.receive(frame)
            let after = peer.connection.usage
            return [
                after.smallData.total - before.smallData.total,
                after.emptyData.total - before.emptyData.total,
            ]
        }
        try peer.receive(FrameBuilder.headers(1, block: Self.post))
        #expect(try used(FrameBuilder.data(1, [UInt8](repeating: 0, count: 64))) == [0, 0])
        #expect(try used(FrameBuilder.data(1, [UInt8](repeating: 0, count: 63))) == [1, 0])
        #expect(try used(FrameBuilder.data(1, [1], padLength: 100)) == [1, 0])
        #expect(try used(FrameBuilder.data(1, padLength: 100)) == [0, 1])
        #expect(try used(FrameBuilder.data(1, endStream: true)) == [0, 0])
        try peer.receive(FrameBuilder.headers(3, block: Self.post))
        #expect(try used(FrameBuilder.data(3, [1], endStream: true)) == [0, 0])
    }

    // MARK: What uses no budget

    @Test("a reset after the response began is not a peer reset")
    func late() throws {
        let server = try Peer(.server)
        for id: UInt32 in stride(from: 1, to: 1_000, by: 2) {
            try server.receive(FrameBuilder.headers(id, block: Self.get, endStream: true))
            try server.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
            try server.receive(FrameBuilder.rstStream(id, code: 8))
        }
        #expect(server.connection.usage.peerResets.total == 0)
        // A 1xx response does not count.
        try server.receive(FrameBuilder.headers(1_001, block: Self.get, endStream: true))
        try server.connection.sendHeaders([":status": "103"], on: 1_001)
        try server.receive(FrameBuilder.rstStream(1_001, code: 8))
        #expect(server.connection.usage.peerResets.total == 1)

        let client = try Peer(.client)
        // Streams that the client itself opened do not count.
        for id: H2StreamID in [1, 3, 5] {
            try client.connection.sendHeaders(.sampleRequest, on: id, endStream: true)
            try client.receive(FrameBuilder.rstStream(id.rawValue, code: 7))
        }
        try client.connection.sendHeaders(.sampleRequest, on: 7, endStream: true)
        try client.receive(
            FrameBuilder.pushPromise(7, promised: 2, block: Self.get)
                + FrameBuilder.headers(2, block: H2Headers.sampleResponse.block)
                + FrameBuilder.rstStream(2))
        #expect(client.connection.usage.peerResets.total == 0)
    }

    @Test("after a local reset, DATA up to the remaining window is free, and no more")
    func grace() throws {
        let peer = try server { $0.provokedResets = .init(15, perSecond: 0) }
        let used = peer.connection.usage.provokedResets.used
        #expect(used == 10)
        try peer.receive(FrameBuilder.headers(101, block: Self.post))
        // What was received before the reset reduces the remaining window.
        try peer.connection.updateSettings([.initialWindowSize: 65_535])
        try peer.receive(FrameBuilder.settingsAck())
        try peer.receive(FrameBuilder.data(101, [UInt8](repeating: 0, count: 1_535)))
        try peer.connection.resetStream(101)
        peer.sent()
        // 64,000 bytes, as 4 frames; the padding counts.
        let data = [UInt8](repeating: 0, count: 15_990)
        for _ in 0..<4 {
            try peer.receive(FrameBuilder.data(101, data, padLength: 9))
            #expect(peer.sent().allSatisfy { $0.type == .windowUpdate })
        }
        #expect(peer.connection.usage.provokedResets.used == used)
        // Trailers may have been in flight, too: once.
        let trailers = FrameBuilder.headers(
            101, block: H2Headers.sampleTrailers.block, endStream: true)
        try peer.receive(trailers)
        #expect(peer.connection.usage.provokedResets.used == used)
        // An empty frame may also have been in flight, once.
        try peer.receive(FrameBuilder.data(101))
        #expect(peer.connection.usage.provokedResets.used == used)
        try peer.receive(trailers + FrameBuilder.data(101) + FrameBuilder.data(101, [1]))
        #expect(peer.connection.usage.provokedResets.used == used + 3)
        try peer.receive(trailers + trailers)
        #expect(peer.receiveResult(trailers).error?.limit == .provokedResets)
    }

    @Test("after the reset of a stream that the peer had ended, no late frame is free")
    func noGrace() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: Self.get, endStream: true))
        try peer.connection.resetStream(1)
        try peer.receive(FrameBuilder.data(1, [1]))
        #expect(peer.connection.usage.provokedResets.used == 1)
    }

    @Test("the body of a refused stream is free")
    func refusedBody() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: Self.post))
        try peer.connection.updateSettings([.maxConcurrentStreams: 1])
        try peer.receive(FrameBuilder.headers(3, block: Self.post))
        for _ in 0..<3 {
            try peer.receive(FrameBuilder.data(3, [UInt8](repeating: 0, count: 16_000)))
        }
        try peer.receive(FrameBuilder.headers(3, block: H2Headers.sampleTrailers.block))
        #expect(peer.connection.usage.provokedResets.total == 0)
    }

    @Test("solicited acknowledgements are not counted")
    func answers() throws {
        let peer = try Peer(.server)
        for value in 0..<2_000 {
            try peer.connection.ping(H2PingData(UInt64(value)))
            try peer.connection.updateSettings([.initialWindowSize: UInt32(value)])
            try peer.receive(
                FrameBuilder.ping(UInt64(value), ack: true) + FrameBuilder.settingsAck())
            peer.sent()
        }
        #expect(peer.connection.usage.controlFrames.total == 0)
        #expect(peer.connection.usage.unacknowledgedSettings == 0)
    }
}
