// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Field blocks that are decoded for the compression table alone, RFC 9113 §4.3. Nothing of them is
/// kept, so their fields are not counted, but their frames: here that is switched off.
@Suite struct IgnoredBlockTests {
    /// Why a block is decoded and then forgotten.
    enum Reason: CaseIterable {
        /// Its stream was reset by us.
        case isTooLate
        /// Its stream was ended by the peer; only the first one is such.
        case followsTheEnd
        /// Its stream goes beyond a limit that the peer did not acknowledge.
        case isRefused
    }

    /// Each byte names a field of 4,000 bytes that is in the table: 64 frames stand for 4 GiB.
    private static let bomb = [UInt8](repeating: 0xbe, count: 64 * 16_384)

    private static let value = String(repeating: "v", count: 4_000)

    /// A server whose table has the large field, and where a block on stream 3 is to be ignored.
    private static func server(
        _ reason: Reason, _ configuration: H2Configuration = .unlimited(.server)
    ) throws -> H2Connection {
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        var large = HPACKEncoder()
        large.raw(H2Headers.samplePost.block)
        large.literal("n", value, .incremental)
        let request = H2Headers.samplePost.block
        var bytes = FrameBuilder.preface() + FrameBuilder.settings() + FrameBuilder.settingsAck()
        bytes += FrameBuilder.headers(1, block: large.bytes)
        if reason != .isRefused {
            bytes += FrameBuilder.headers(3, block: request, endStream: reason == .followsTheEnd)
        }
        _ = try connection.receiveData(bytes)
        if reason == .isTooLate { try connection.resetStream(3) }
        if reason == .isRefused { try connection.updateSettings([.maxConcurrentStreams: 1]) }
        _ = connection.dataToSend()
        return connection
    }

    private static func block(on id: UInt32) -> [UInt8] {
        FrameBuilder.split(id, block: bomb, every: 16_384)
    }

    @Test("4 GiB in 1 MiB are skipped, and the table is kept", arguments: Reason.allCases)
    func bomb(_ reason: Reason) throws {
        let connection = try Self.server(reason)
        let events = try connection.receiveData(Self.block(on: 3))
        let code: H2ErrorCode = reason == .isRefused ? .refusedStream : .streamClosed
        #expect(
            events
                == (reason == .followsTheEnd
                    ? [.streamReset(.init(streamID: 3, errorCode: code, isRemote: false))] : []))
        // This side already sent RST_STREAM for a stream that it reset.
        let answer = FrameBuilder.rstStream(3, code: code.rawValue)
        #expect(connection.dataToSend() == (reason == .isTooLate ? [] : answer))
        #expect(connection.heldByteCount == 0 && connection.audit() == [])

        var trailers = HPACKEncoder()
        trailers.indexed(62)
        let next = try connection.receiveData(
            FrameBuilder.headers(1, block: trailers.bytes, endStream: true))
        #expect(
            next.first == .trailersReceived(.init(streamID: 1, headers: ["n": Self.value])))
    }

    @Test("what is skipped takes no memory", .enabled(if: Allocations.canBeJudged))
    func memory() throws {
        for reason in Reason.allCases where reason != .followsTheEnd {
            let connection = try Self.server(reason)
            let first = Self.block(on: 3)
            let second = Self.block(on: reason == .isRefused ? 5 : 3)
            var events: [H2Event] = []
            let begin = try Allocations.count { () throws(H2Error) in
                try connection.receiveData(first, into: &events)
            }
            _ = connection.withDataToSend { $0.count }
            let again = try Allocations.count { () throws(H2Error) in
                try connection.receiveData(second, into: &events)
            }
            // A million fields: none of them costs one.
            #expect(begin < 20 && again == 0, "\(begin), \(again)")
            #expect(connection.heldByteCount == 0 && connection.unexpectedReactions == 0)
        }
    }

    @Test("the same block is too large where its fields are wanted")
    func wanted() throws {
        let limited = H2Configuration.limited(.server) {
            $0 = .unlimited
            $0.headerListSize = 65_536
        }
        let connection = try Self.server(.isRefused, limited)
        let error = failure { () throws(H2Error) in
            _ = try connection.receiveData(Self.block(on: 1))
        }
        #expect(error?.kind == .denialOfService && error?.limit == .headerListSize)
    }
}
