// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The transport may split the bytes anywhere, and stop anywhere.
@Suite struct ByteStreamTests {
    private static let roles: [H2Configuration.Role] = [.client, .server]

    /// Returns the end of each frame. A preface counts as the first frame.
    private static func ends(in bytes: [UInt8]) -> [Int] {
        var ends: [Int] = []
        var position = bytes.starts(with: FrameBuilder.preface()) ? 24 : 0
        if position != 0 { ends.append(position) }
        while position + 9 <= bytes.count {
            let length = bytes[position..<position + 3].reduce(0) { $0 << 8 | Int($1) }
            position += 9 + length
            ends.append(position)
        }
        return ends
    }

    @Test(
        "bytes that stop anywhere cause no error, and only the incomplete frame is held",
        arguments: roles)
    func stopsAnywhere(_ role: H2Configuration.Role) throws {
        let (whole, bytes) = try LongConversation.start(role)
        let all = try whole.receiveData(bytes)
        #expect(all.count > 20)
        let ends = Self.ends(in: bytes)
        #expect(ends.last == bytes.count)

        let (connection, _) = try LongConversation.start(role)
        var events: [H2Event] = []
        for (index, byte) in bytes.enumerated() {
            try connection.receiveData([byte], into: &events)
            // Only the incomplete frame is held; of an incomplete preface, nothing.
            let frameStart = ends.last { $0 <= index + 1 } ?? 0
            let isPreface = role == .server && index + 1 < 24
            let held = connection.heldByteCount
            #expect(held == (isPreface ? 0 : index + 1 - frameStart))
            if held == 0 { #expect(events.elementsEqual(all.prefix(events.count))) }
        }
        #expect(events == all)
        #expect(connection.heldByteCount == 0)
        #expect(connection.audit() == [])
    }

    @Test("each prefix returns the events of its complete frames", arguments: roles)
    func eachPrefix(_ role: H2Configuration.Role) throws {
        let (whole, bytes) = try LongConversation.start(role)
        let all = try whole.receiveData(bytes)
        let ends = Self.ends(in: bytes)
        // At each end of a frame and around it; elsewhere in steps.
        let near = ends.flatMap { end in [-1, 0, 1, 8, 9, 10].map { end + $0 } }
        let lengths = Set(near + Array(stride(from: 0, to: bytes.count, by: 311)))
        var counts: [Int] = []
        for length in lengths.sorted() where length <= bytes.count {
            let (connection, _) = try LongConversation.start(role)
            let events = try connection.receiveData(bytes[..<length])
            #expect(events.elementsEqual(all.prefix(events.count)), "\(length) bytes")
            #expect(connection.heldByteCount <= 9 + 16_384)
            #expect(connection.audit() == [])
            counts.append(events.count)
        }
        #expect(counts == counts.sorted())
        #expect(counts.last == all.count)
    }

    /// The observable result of receiving bytes in pieces.
    private struct Outcome: Hashable {
        var events: [H2Event]
        var error: H2Error?
        var state: ConnectionSnapshot
        var sent: [UInt8]
    }

    private static func outcome(
        _ role: H2Configuration.Role, _ pieces: [[UInt8]]
    ) throws -> Outcome {
        let (connection, _) = try LongConversation.start(role)
        var events: [H2Event] = []
        var error: H2Error?
        for piece in pieces where error == nil {
            error = failure { () throws(H2Error) in
                try connection.receiveData(piece, into: &events)
            }
            // Compare only between frames.
            guard connection.heldByteCount == 0 else { continue }
            let differences = connection.audit()
            #expect(differences == [])
        }
        return Outcome(
            events: events, error: error, state: ConnectionSnapshot(of: connection),
            sent: connection.dataToSend())
    }

    /// Bytes to follow a conversation: none, various errors, and a truncated frame.
    private static let endings: [[UInt8]] = [
        [],
        FrameBuilder.raw(type: 0x0, stream: 5, length: 16_385),
        FrameBuilder.raw(type: 0x6, payload: [1]),
        FrameBuilder.ping(1) + FrameBuilder.windowUpdate(0, increment: 0) + FrameBuilder.ping(2),
        FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff),
        FrameBuilder.continuation(1, block: [1, 2, 3]),
        FrameBuilder.headers(1, block: [0xff, 0xff, 0xff, 0xff, 0xff]) + FrameBuilder.ping(1),
        FrameBuilder.settings([(0x5, 1)]),
        FrameBuilder.rstStream(0x7fff_fff1),
        FrameBuilder.data(1, [UInt8](repeating: 1, count: 9), padLength: 5).dropLast(6)
            + FrameBuilder.ping(3),
    ]

    @Test(
        "events, errors, windows and output do not depend on how bytes are split",
        arguments: roles, endings.indices)
    func splittingHasNoEffect(_ role: H2Configuration.Role, _ ending: Int) throws {
        let bytes = try LongConversation.start(role).1 + Self.endings[ending]
        let whole = try Self.outcome(role, [bytes])
        if ending == 0 {
            #expect(whole.error == nil)
        } else if ending < Self.endings.count - 1 {
            #expect(whole.error?.origin == .remote)
        }
        let cuts: [Cut] =
            [.every(1), .every(7), .every(1_024)] + (1...4).map { .random(seed: $0) }
        for cut in cuts {
            let outcome = try Self.outcome(role, cut.pieces(of: bytes))
            #expect(outcome.error == whole.error, "\(cut)")
            #expect(outcome.events == whole.events, "\(cut)")
            #expect(outcome.sent == whole.sent, "\(cut)")
            #expect(outcome.state == whole.state, "\(cut)")
        }
    }

    @Test("empty pieces change nothing", arguments: roles)
    func emptyPieces(_ role: H2Configuration.Role) throws {
        let bytes = try LongConversation.start(role).1
        let whole = try Self.outcome(role, [bytes])
        let pieces = Cut.every(5).pieces(of: bytes).flatMap { [[], $0, []] }
        let outcome = try Self.outcome(role, pieces)
        #expect(outcome == whole)
    }
}
