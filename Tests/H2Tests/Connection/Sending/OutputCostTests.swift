// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The cost of removing output that contains large payloads.
@Suite struct OutputCostTests {
    private static let payload = [UInt8](repeating: 7, count: 16_384)

    /// Returns a client with practically unlimited send windows.
    private static func client() throws -> H2Connection {
        let pair = try Peer(.client, settings: [(0x4, 0x7fff_ffff)])
        try pair.connection.sendHeaders(.samplePost, on: 1)
        try pair.receive(FrameBuilder.windowUpdate(0, increment: 0x7000_0000))
        pair.sent()
        return pair.connection
    }

    @Test("withDataToSend copies a backlog once, however many calls it takes to send it")
    func joinsOnce() throws {
        let connection = try Self.client()
        for _ in 0..<256 { try connection.sendData(Self.payload, on: 1) }
        var sent = 0
        var moves = 0
        var lastAddress: UInt?
        for turn in 0..<200 {
            try connection.sendData(Self.payload, on: 1)
            _ = connection.withDataToSend { span in
                #expect(span.count == (257 + turn) * 16_393 - sent)
                let address = unsafe span.withUnsafeBufferPointer {
                    UInt(bitPattern: $0.baseAddress)
                }
                if let lastAddress, address != lastAddress + 1_000 { moves += 1 }
                lastAddress = address
                return 1_000
            }
            sent += 1_000
        }
        // Storage grows by doubling; calls do not allocate it again.
        #expect(moves <= 3, "\(moves)")
        let rest = connection.dataToSend()
        #expect(rest.count == 456 * 16_393 - 200_000)
    }

    @Test("joined output contains the bytes of its frames in order", arguments: 0..<30)
    func joinedBytes(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let connection = try Self.client()
        var expected: [UInt8] = []
        var taken: [UInt8] = []
        func queue() throws {
            if Int.random(in: 0..<3, using: &random) == 0 {
                try connection.ping(H2PingData(random.next()))
                return
            }
            let length = [100, 4_096, 5_000, 16_384].randomElement(using: &random) ?? 0
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ expected.count) }
            try connection.sendData(payload, on: 1)
            expected.append(0)
        }
        for _ in 0..<60 {
            for _ in 0..<Int.random(in: 0...4, using: &random) { try queue() }
            let limit = Int.random(in: 0...40_000, using: &random)
            let hasMore = Bool.random(using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: taken += connection.dataToSend(upTo: limit)
            case 1:
                _ = try connection.withDataToSend { (span) throws(any Error) -> Int in
                    if hasMore { try queue() }
                    let count = min(limit, span.count)
                    for index in 0..<count { taken.append(span[index]) }
                    return count
                }
            case 2:
                _ = try unsafe connection.withSegmentsToSend {
                    (segments) throws(any Error) -> Int in
                    if hasMore { try queue() }
                    var left = limit
                    for index in unsafe segments.indices {
                        let piece = unsafe UnsafeRawBufferPointer(
                            rebasing: segments[index].prefix(left))
                        left -= piece.count
                        unsafe taken.append(contentsOf: piece)
                    }
                    return limit - left
                }
            default:
                let before = connection.outboundByteCount
                #expect(connection.withDataToSend { _ in 0 } == 0)
                #expect(connection.outboundByteCount == before)
            }
        }
        taken += connection.dataToSend()
        // Each payload encodes the position of its DATA frame.
        let frames = WireReader.frames(in: taken)
        #expect(frames.count(where: { $0.type == .data }) == expected.count)
        var index = 0
        for frame in frames where frame.type == .data {
            let isRight = frame.payload.enumerated().allSatisfy {
                $0.element == UInt8(truncatingIfNeeded: $0.offset &* 31 &+ index)
            }
            #expect(isRight)
            index += 1
        }
    }

    @Test("a payload queued inside withSegmentsToSend is not copied")
    func queuedInsideIsShared() throws {
        let connection = try Self.client()
        let address = unsafe Self.payload.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        try connection.ping(H2PingData(1))
        _ = try unsafe connection.withSegmentsToSend { (_) throws(H2Error) -> Int in
            try connection.sendData(Self.payload, on: 1)
            return 3
        }
        _ = unsafe connection.withSegmentsToSend { segments in
            let count = unsafe segments.count
            let first = unsafe segments[0].count
            let last = unsafe UInt(bitPattern: segments[count - 1].baseAddress)
            #expect(count == 2 && first == 14 + 9 && last == address)
            return 0
        }
        #expect(connection.audit() == [])
    }

    @Test("the time to remove a backlog is linear in its payloads", arguments: [false, true])
    func removingIsLinear(_ bySegments: Bool) throws {
        let small = [UInt8](repeating: 7, count: 4_096)
        let growth = try CPUTime.growth(of: 8_000) { count in
            let connection = try Self.client()
            for _ in 0..<count { try connection.sendData(small, on: 1) }
            return {
                var turns = 0
                while connection.hasDataToSend {
                    if bySegments {
                        _ = unsafe connection.withSegmentsToSend { _ in 5_000 }
                    } else {
                        _ = connection.dropOutput(min(5_000, connection.outboundByteCount))
                    }
                    turns += 1
                }
                return turns
            }
        }
        #expect(growth < CPUTime.linear, "\(growth)")
    }

    // MARK: Shared arrays

    /// Returns the address of the last piece of output.
    private static func lastPiece(_ connection: H2Connection) -> UInt? {
        var address: UInt?
        _ = unsafe connection.withSegmentsToSend { segments in
            let last = unsafe segments.count - 1
            address = unsafe segments[last].baseAddress.map { UInt(bitPattern: $0) }
            return .max
        }
        return address
    }

    @Test("a payload below 1/8 of its array is copied, so that it does not keep the array alive")
    func smallPartOfArray() throws {
        let connection = try Self.client()
        let array = [UInt8](repeating: 7, count: 65_536)
        let start = unsafe array.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        for (range, isShared) in [
            (0..<8_300, true), (30_000..<38_300, true), (65_536 - 8_300..<65_536, true),
            (0..<8_100, false), (30_000..<38_100, false), (65_536 - 8_100..<65_536, false),
        ] {
            try connection.sendData(array[range], on: 1)
            #expect((Self.lastPiece(connection) == start + UInt(range.lowerBound)) == isShared)
            try connection.sendData(H2Bytes(array)[range], on: 1)
            #expect((Self.lastPiece(connection) == start + UInt(range.lowerBound)) == isShared)
        }
        // A shared payload must also be at least 1/16 of the array's capacity.
        var oversized = [UInt8](repeating: 7, count: 8_300)
        oversized.reserveCapacity(140_000)
        let first = unsafe oversized.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        try connection.sendData(oversized, on: 1)
        #expect(Self.lastPiece(connection) != first)
    }
}
