// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Field blocks that are decoded only for the compression table, RFC 9113 §4.3. Their fields are
/// not stored, so they are not counted. Their frames are, but not in these tests.
@Suite struct IgnoredBlockTests {
    /// Why a field block is decoded but not reported.
    enum Reason: CaseIterable {
        /// The stream was reset locally.
        case afterLocalReset
        /// The peer already ended the stream, and this is its first frame after that.
        case afterEndStream
        /// The stream exceeds a limit that the peer did not acknowledge yet.
        case isRefused
    }

    /// Each byte is the index of a field of 4,000 bytes in the table, so 64 frames decode to 4 GiB.
    private static let bomb = [UInt8](repeating: 0xbe, count: 64 * 16_384)

    private static let value = String(repeating: "v", count: 4_000)

    /// Returns a server whose table contains the large field, and which ignores a field block on
    /// stream 3.
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
            bytes += FrameBuilder.headers(3, block: request, endStream: reason == .afterEndStream)
        }
        _ = try connection.receiveData(bytes)
        if reason == .afterLocalReset { try connection.resetStream(3) }
        if reason == .isRefused { try connection.updateSettings([.maxConcurrentStreams: 1]) }
        _ = connection.dataToSend()
        return connection
    }

    private static func block(on id: UInt32) -> [UInt8] {
        FrameBuilder.split(id, block: bomb, every: 16_384)
    }

    @Test(
        "an ignored field block of 1 MiB that decodes to 4 GiB leaves the table intact",
        arguments: Reason.allCases)
    func bomb(_ reason: Reason) throws {
        let connection = try Self.server(reason)
        let events = try connection.receiveData(Self.block(on: 3))
        let code: H2ErrorCode = reason == .isRefused ? .refusedStream : .streamClosed
        #expect(
            events
                == (reason == .afterEndStream
                    ? [.streamReset(.init(streamID: 3, errorCode: code, isRemote: false))] : []))
        // A stream that was reset locally gets no second RST_STREAM.
        let answer = FrameBuilder.rstStream(3, code: code.rawValue)
        #expect(connection.dataToSend() == (reason == .afterLocalReset ? [] : answer))
        #expect(connection.heldByteCount == 0 && connection.audit() == [])

        var trailers = HPACKEncoder()
        trailers.indexed(62)
        let next = try connection.receiveData(
            FrameBuilder.headers(1, block: trailers.bytes, endStream: true))
        #expect(
            next.first == .trailersReceived(.init(streamID: 1, headers: ["n": Self.value])))
    }

    @Test("ignored fields take no memory", .enabled(if: Allocations.canBeJudged))
    func memory() throws {
        for reason in Reason.allCases where reason != .afterEndStream {
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
            // None of the million fields is allocated.
            #expect(begin < 20 && again == 0, "\(begin), \(again)")
            #expect(connection.heldByteCount == 0 && connection.unexpectedReactions == 0)
        }
    }

    @Test("the same field block is too large if its fields are reported")
    func reportedFields() throws {
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
