// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A connection releases all of its memory, wherever it stops. The memory of nghttp2 is freed as a
/// whole, without calling nghttp2.
@Suite(.enabled(if: Allocations.canBeCounted)) struct MemoryReleaseTests {
    /// Where a server stops.
    enum End: CaseIterable {
        case atOnce, afterPreface, withManyStreams, withLongFields, withinBlock, afterError
        case withLargeTable, withQueuedOutput
    }

    private static let request = H2Headers.sampleRequest.block

    /// A field block with long fields, for which nghttp2 allocates separate memory.
    private static func longBlock(_ count: Int) -> [UInt8] {
        var encoder = HPACKEncoder()
        encoder.raw(request)
        for index in 0..<count {
            let value = String(repeating: "v", count: 600 + index)
            encoder.literal("x-long-\(index)", value, .incremental)
        }
        return encoder.bytes
    }

    private static func bytes(until end: End) -> [UInt8] {
        let start = FrameBuilder.preface() + FrameBuilder.settings([]) + FrameBuilder.settingsAck()
        switch end {
        case .atOnce, .withQueuedOutput: return []
        case .afterPreface: return start
        case .withManyStreams:
            return (0..<100).reduce(into: start) { bytes, index in
                bytes += FrameBuilder.headers(UInt32(2 * index + 1), block: request)
            }
        case .withLongFields, .withLargeTable:
            return start + FrameBuilder.headers(1, block: longBlock(6), endStream: true)
        case .withinBlock:
            return start + FrameBuilder.headers(1, block: longBlock(3), endHeaders: false)
        case .afterError:
            // An index beyond the tables.
            return start + FrameBuilder.headers(1, block: request)
                + FrameBuilder.headers(3, block: [0xff, 0xff, 0x7f])
        }
    }

    /// Returns the number of open streams at the end.
    private func run(until end: End) throws(H2Error) -> Int {
        var configuration = H2Configuration.server
        if end == .withLargeTable { configuration.initialSettings[.headerTableSize] = 1 << 20 }
        let server = H2Connection(configuration)
        guard end != .atOnce else { return 0 }
        try server.initiateConnection()
        if end == .afterError {
            _ = try? server.receiveData(Self.bytes(until: end))
        } else {
            _ = try server.receiveData(Self.bytes(until: end))
        }
        if end != .withQueuedOutput { _ = server.dataToSend() }
        return server.openInboundStreams
    }

    @Test("a connection releases all of its memory, wherever it stops", arguments: End.allCases)
    func everything(end: End) throws {
        // The first run allocates what belongs to the process, not to the connection.
        let streams = try run(until: end)
        let expected = [.withManyStreams: 100, .withLongFields: 1, .withLargeTable: 1][end]
        #expect(end == .afterError || streams == expected ?? 0)
        let meter = MemoryMeter()
        #expect(try meter.measure { () throws(H2Error) in try run(until: end) } == streams)
        #expect(meter.peak > 3_000)
        #expect(meter.held == 0)
    }
}
