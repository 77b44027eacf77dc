// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The storage of the last section and of the last small payload is reused, but only if no caller
/// holds it.
@Suite struct SpareStorageTests {
    private func fields(_ round: Int) -> [(String, String)] {
        // Longer and shorter values, so that the storage fits or does not.
        [("x-round", "\(round)"), ("x-more", String(repeating: "m", count: round * 37 % 200))]
    }

    private func block(_ round: Int) -> [UInt8] {
        H2Headers.sampleRequest.block + HPACKEncoder.block(fields(round))
    }

    private func payload(_ round: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(round), count: 1 + round * 31 % 300)
    }

    @Test(
        "storage that a caller holds is never reused",
        arguments: [1, 2, 3, 70])
    func heldStorageIsNotReused(_ every: Int) throws {
        let peer = try Peer(.server)
        var held: [(round: Int, headers: H2Headers, data: H2Bytes)] = []
        for round in 1...150 {
            let id = UInt32(round * 2 - 1)
            let events = try peer.receive(
                FrameBuilder.headers(id, block: block(round))
                    + FrameBuilder.data(id, payload(round), endStream: true))
            guard case .requestReceived(let request) = events.first,
                case .dataReceived(let part) = events.dropFirst().first
            else {
                Issue.record("no request in round \(round)")
                return
            }
            #expect(request.headers["x-round"] == "\(round)")
            #expect(Array(part.data) == payload(round))
            if round % every == 0 { held.append((round, request.headers, part.data)) }
            try peer.connection.resetStream(H2StreamID(id))
        }
        #expect(!held.isEmpty)
        for (round, headers, data) in held {
            for (name, value) in fields(round) { #expect(headers[name] == value) }
            #expect(headers.count == H2Headers.sampleRequest.count + 2)
            #expect(Array(data) == payload(round))
        }
    }

    @Test("a field value and a changed copy of a section outlive the received section")
    func partsAreKept() throws {
        let peer = try Peer(.server)
        var values: [H2Bytes] = []
        var copies: [H2Headers] = []
        for round in 1...20 {
            let id = UInt32(round * 2 - 1)
            let events = try peer.receive(
                FrameBuilder.headers(id, block: block(round), endStream: true))
            guard case .requestReceived(let request) = events.first else { continue }
            values.append(try #require(request.headers.first { $0.name == "x-round" }).valueBytes)
            var copy = request.headers
            copy.append("x-copy", "\(round)")
            copies.append(copy)
        }
        #expect(values.map { Array($0) } == (1...20).map { Array("\($0)".utf8) })
        #expect(copies.map { $0["x-copy"] } == (1...20).map { "\($0)" })
        #expect(copies.map { $0["x-round"] } == (1...20).map { "\($0)" })
    }
}
