// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `enqueueData` takes any number of bytes, and sends them as windows and output allow.
@Suite struct QueuedDataTests {
    @Test("a body of any size arrives in frames of at most 16 KiB, and ends the stream")
    func body() throws {
        let path = SimulatedPath(client: .client, server: .server)
        try path.start()
        try path.runUntilIdle()
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var received: [UInt8] = []
        var hasEnded = false
        path.onServerEvents = { path, events in
            for case .requestReceived(let request) in events {
                try path.server.sendHeaders(.sampleResponse, on: request.streamID)
                try path.server.enqueueData(body, on: request.streamID, endStream: true)
                #expect(path.server.queuedByteCount == body.count)
            }
        }
        path.onClientEvents = { path, events in
            for event in events {
                switch event {
                case .dataReceived(let data):
                    #expect(data.data.count <= 16_384)
                    received.append(contentsOf: data.data)
                    try path.client.acknowledgeReceivedData(
                        data.flowControlledLength, on: data.streamID)
                case .streamEnded: hasEnded = true
                default: break
                }
            }
        }
        try path.client.sendHeaders(.sampleRequest, on: 1, endStream: true)
        try path.run(for: .seconds(1))
        #expect(received == body)
        #expect(hasEnded)
        #expect(path.server.queuedByteCount == 0)
        #expect(path.server.openInboundStreams == 0)
    }
}
