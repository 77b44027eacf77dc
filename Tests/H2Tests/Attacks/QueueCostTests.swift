// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The costs of queued data that a peer can influence.
@Suite struct QueueCostTests {
    @Test("while a window is closed, queueing takes constant time per call", arguments: [1, 5_000])
    func queueing(_ size: Int) throws {
        let piece = [UInt8](repeating: 1, count: size)
        let growth = try CPUTime.growth(of: 1_000) { count in
            let server = try QueueingServer.peer(streamWindow: 0).connection
            return {
                for _ in 0..<count {
                    try server.enqueueData(piece, on: 1)
                    if server.hasDataToSend || server.outboundByteCount != 0 { return 0 }
                }
                return server.queuedByteCount
            }
        }
        #expect(growth < CPUTime.linear, "\(growth)")
    }

    @Test(
        "behind a closed window, only what the caller queued takes memory",
        .enabled(if: Allocations.canBeCounted), arguments: [1, 100, 4_095, 4_096, 100_000])
    func memory(_ size: Int) throws {
        let server = try QueueingServer.peer(streamWindow: 0).connection
        let count = 2_000_000 / max(100, size)
        let meter = MemoryMeter()
        try meter.measure {
            for _ in 0..<count {
                try server.enqueueData([UInt8](repeating: 1, count: size), on: 1)
            }
        }
        #expect(server.queuedByteCount == count * size)
        // An array grows up to twice its size.
        #expect(meter.held <= 2 * count * size + 20_000, "\(meter.held)")
    }

    @Test("the time for windows that open byte by byte is linear, however much is queued")
    func byteByByte() throws {
        for isShared in [false, true] {
            let body = [UInt8](repeating: 1, count: 1_000_000)
            let growth = try CPUTime.growth(of: 300) { count in
                let server = try QueueingServer.peer(
                    [1], .server.with { $0.limits = .unlimited }, streamWindow: 0
                ).connection
                if isShared {
                    try server.enqueueData(body, on: 1)
                } else {
                    try server.enqueueData(copying: body.span, on: 1)
                }
                let update = FrameBuilder.windowUpdate(1, increment: 1)
                return {
                    for _ in 0..<count {
                        _ = try server.receiveData(update)
                        if server.dataToSend().count != 10 { return 0 }
                    }
                    return count
                }
            }
            #expect(growth < CPUTime.linear, "\(growth)")
        }
    }

    @Test("a window that opens byte by byte is charged as with sendData")
    func charged() throws {
        let peer = try QueueingServer.peer(streamWindow: 0)
        try peer.connection.enqueueData([UInt8](repeating: 1, count: 1_000), on: 1)
        for _ in 0..<320 {
            try peer.receive(FrameBuilder.windowUpdate(1, increment: 1))
            #expect(peer.outline() == ["1: 1"])
        }
        // 32 bytes restore a unit.
        #expect(310...320 ~= peer.connection.usage.windowUpdates.used)
    }

    @Test("INITIAL_WINDOW_SIZE costs more while data is queued on any stream")
    func initialWindowSize() throws {
        let ids = (0..<700).map { UInt32($0) * 2 + 1 }
        let peer = try QueueingServer.peer(ids)
        func cost(_ size: UInt32) throws -> Int {
            let before = peer.connection.usage.controlFrames.used
            try peer.receive(FrameBuilder.settings([(0x4, size)]))
            return peer.connection.usage.controlFrames.used - before
        }
        #expect(try cost(1_000) == 2 + 1_024 / 128)
        try peer.connection.enqueueData([1], on: 1)
        #expect(try cost(0) == 2 + 1_024 / 16)
        #expect(try cost(1_000) == 2 + 1_024 / 16)
        peer.sent()
        #expect(try cost(2_000) == 2 + 1_024 / 128)
    }

    @Test("windows that open and close repeatedly leave a bounded number of stale entries")
    func flapping() throws {
        let ids = (0..<50).map { UInt32($0) * 2 + 1 }
        let peer = try QueueingServer.peer(ids, .server.with { $0.limits = .unlimited })
        for id in ids { try peer.connection.enqueueData([1], on: H2StreamID(id)) }
        let meter = MemoryMeter()
        let frames = FrameBuilder.settings([(0x4, 0)]) + FrameBuilder.settings([(0x4, 10)])
        for _ in 0..<200 {
            try meter.measure {
                _ = try peer.connection.receiveData(frames)
                peer.connection.clearOutboundDataBuffer()
            }
        }
        #expect(meter.held < 100_000, "\(meter.held)")
        #expect(peer.sent().count == 50)
    }
}
