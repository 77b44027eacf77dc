// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct ConversationTests {
    @Test("a request with a body gets a response with a body and trailers", arguments: Cut.all)
    func wholeExchange(cut: Cut) throws {
        let pair = try Pair.started(cut: cut)
        let id = try pair.request(headers: .samplePost, endStream: false)
        try pair.client.sendData(Array("ping".utf8), on: id, endStream: true)
        let asked = try pair.exchange()
        #expect(
            asked.server == [
                .requestReceived(.init(streamID: 1, headers: .samplePost)),
                .dataReceived(
                    .init(
                        streamID: 1, data: H2Bytes(Array("ping".utf8)), flowControlledLength: 4,
                        endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
        try pair.server.acknowledgeReceivedData(4, on: 1)

        try pair.server.sendHeaders([":status": "103", "link": "</a>"], on: 1)
        try pair.server.sendHeaders(.sampleResponse, on: 1)
        try pair.server.sendData(Array("pong".utf8), on: 1, padLength: 7)
        try pair.server.sendHeaders(["x-sum": "1"], on: 1, endStream: true)
        let answered = try pair.exchange()
        #expect(
            answered.client == [
                .informationalResponseReceived(
                    .init(streamID: 1, headers: [":status": "103", "link": "</a>"])),
                .responseReceived(.init(streamID: 1, headers: .sampleResponse)),
                .dataReceived(
                    .init(
                        streamID: 1, data: H2Bytes(Array("pong".utf8)), flowControlledLength: 12)),
                .trailersReceived(.init(streamID: 1, headers: ["x-sum": "1"])),
                .streamEnded(.init(streamID: 1)),
            ])
        #expect(pair.client.openOutboundStreams == 0)
        #expect(pair.server.openInboundStreams == 0)
    }
}
