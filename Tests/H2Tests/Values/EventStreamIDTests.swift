// SPDX-License-Identifier: MIT

import H2
import Testing

@Suite struct EventStreamIDTests {
    @Test("an event of a stream has its identifier, and an event of the connection has none")
    func streamID() {
        let events: [(H2Event, H2StreamID?)] = [
            (.requestReceived(.init(streamID: 1, headers: [:])), 1),
            (.responseReceived(.init(streamID: 3, headers: [:])), 3),
            (.informationalResponseReceived(.init(streamID: 5, headers: [:])), 5),
            (.trailersReceived(.init(streamID: 7, headers: [:])), 7),
            (.dataReceived(.init(streamID: 9, data: [], flowControlledLength: 0)), 9),
            (.streamEnded(.init(streamID: 11)), 11),
            (.streamReset(.init(streamID: 13, errorCode: .cancel, isRemote: true)), 13),
            (.windowUpdated(.init(streamID: 15, delta: 1)), 15),
            (.windowUpdated(.init(streamID: 0, delta: 1)), nil),
            (.priorityUpdated(.init(streamID: 17, priority: H2Priority())), 17),
            (
                .pushedStreamReceived(
                    .init(pushedStreamID: 2, parentStreamID: 1, headers: [:])), 2
            ),
            (.unknownFrameReceived(.init(type: 99, flags: 0, streamID: 19, payload: [])), 19),
            (.unknownFrameReceived(.init(type: 99, flags: 0, streamID: 0, payload: [])), nil),
            (.connectionTerminated(.init(errorCode: .noError, lastStreamID: 1)), nil),
        ]
        for (event, id) in events { #expect(event.streamID == id, "\(event)") }
    }
}
