// SPDX-License-Identifier: MIT

package import H2

/// The bytes of one direction of a conversation with most kinds of frames.
package enum LongConversation {
    private static let body = [UInt8]((0..<1_500).map { UInt8(truncatingIfNeeded: $0) })

    /// Returns the bytes that a client sends to a server, without the preface.
    package static func fromClient() -> [UInt8] {
        var table = HPACKEncoder()
        table.literal(":method", "GET", .incremental)
        table.literal(":path", "/a", .incremental, huffman: true)
        table.literal(":authority", "a", .incremental)
        table.literal(":scheme", "https", .never)
        var again = HPACKEncoder()
        again.indexed(64)
        again.indexed(63)
        again.indexed(62)
        again.literal(":scheme", "http")
        let post = H2Headers.samplePost.block
        return FrameBuilder.settings([(0x4, 100_000), (0x5, 20_000), (0xf0f0, 7)])
            + FrameBuilder.windowUpdate(0, increment: 70_000)
            + FrameBuilder.headers(1, block: table.bytes, endStream: true)
            + FrameBuilder.settingsAck()
            + FrameBuilder.headers(3, block: again.bytes, endStream: true, priority: (1, true, 9))
            + FrameBuilder.ping(0x0102_0304_0506_0708)
            + FrameBuilder.split(5, block: post, every: 11)
            + FrameBuilder.data(5, body, padLength: 3)
            + FrameBuilder.headers(7, block: post, padLength: 40)
            + FrameBuilder.data(7, [], padLength: 255)
            + FrameBuilder.windowUpdate(7, increment: 1)
            + FrameBuilder.data(5, body)
            + FrameBuilder.settings([(0x4, 20_000)])
            + FrameBuilder.raw(type: 0xbe, flags: 0x5, stream: 9, payload: Array(body.prefix(90)))
            + FrameBuilder.headers(5, block: H2Headers.sampleTrailers.block, endStream: true)
            + FrameBuilder.rstStream(7, code: 0x8)
            + FrameBuilder.data(7, Array(body.prefix(20)))
            + FrameBuilder.priority(11, dependsOn: 5)
            + FrameBuilder.ping(5, ack: true)
            + FrameBuilder.headers(11, block: H2Headers.sampleRequest.block, endStream: true)
            + FrameBuilder.goAway(last: 0, code: 0, data: Array("bye".utf8))
            + FrameBuilder.ping(6)
    }

    /// Returns the bytes from a server to a client that opened streams 1, 3, 5 and 7 with POST.
    package static func fromServer() -> [UInt8] {
        let response = H2Headers.sampleResponse.block
        return FrameBuilder.settings([(0x3, 10), (0x4, 1_000)])
            + FrameBuilder.settingsAck()
            + FrameBuilder.headers(1, [":status": "103", "link": "</a>"])
            + FrameBuilder.headers(1, block: response)
            + FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block)
            + FrameBuilder.data(1, body, padLength: 200)
            + FrameBuilder.split(2, block: response, every: 5)
            + FrameBuilder.data(2, Array(body.prefix(1_100)), endStream: true)
            + FrameBuilder.headers(3, block: response, endStream: true)
            + FrameBuilder.rstStream(3, code: 0x0)
            + FrameBuilder.headers(5, block: response, priority: (0, false, 0))
            + FrameBuilder.windowUpdate(5, increment: 9_999)
            + FrameBuilder.ping(77)
            + FrameBuilder.data(5, [])
            + FrameBuilder.headers(5, block: H2Headers.sampleTrailers.block, endStream: true)
            + FrameBuilder.pushPromise(1, promised: 4, block: H2Headers.sampleRequest.block)
            + FrameBuilder.rstStream(4, code: 0x7)
            + FrameBuilder.raw(type: 0xfe, payload: Array(body.prefix(1_100)))
            + FrameBuilder.settings([(0x4, 500), (0x1, 0)])
            + FrameBuilder.data(1, body)
            + FrameBuilder.goAway(last: 5, code: 0xd, data: [1, 2, 3])
            + FrameBuilder.data(1, body, endStream: true)
    }

    /// Returns a connection that is ready to receive the bytes, and the bytes with any preface.
    package static func start(_ role: H2Configuration.Role) throws -> (H2Connection, [UInt8]) {
        let connection = H2Connection(H2Configuration(role))
        try connection.initiateConnection()
        guard role == .client else {
            return (connection, FrameBuilder.preface() + fromClient())
        }
        for id in [1, 3, 5, 7] as [H2StreamID] { try connection.sendHeaders(.samplePost, on: id) }
        return (connection, fromServer())
    }
}
