// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import HTTPTypes
import NIOCore
import Testing

@Suite("Chunks of a body that have not been read")
struct BodyChunkTests {
    @Test func `small chunks are joined`() async throws {
        let body = (0..<20_000).map { UInt8($0 % 251) }
        var bytes = FrameBuilder.preface() + FrameBuilder.settings() + FrameBuilder.post(1)
        for byte in body { bytes += FrameBuilder.data(1, [byte]) }
        bytes += FrameBuilder.headers(1, block: H2Headers([("a", "b")]).block, endStream: true)
        let input = bytes
        try await withTimeout {
            let (peer, server) = try await connectedChannels(
                client: { $0 },
                server: { try $0.pipeline.syncOperations.addH2Server() })
            let results = Signal<(count: Int, bytes: [UInt8])>()
            let serving = Task {
                try await server.serveHeaders { _, body, _ in
                    // The whole body arrives before it is read.
                    _ = try await body.trailerHeaders
                    var result = (count: 0, bytes: [UInt8]())
                    for try await chunk in body {
                        result.count += 1
                        result.bytes += Array(buffer: chunk)
                    }
                    results.send(result)
                }
            }
            try await peer.writeAndFlush(ByteBuffer(bytes: input))
            let received = await results.next()
            #expect(received?.bytes == body)
            #expect(received?.count == 20)
            try await peer.close()
            _ = await serving.result
        }
    }

    /// A queue that is never empty drops the chunks that have been read.
    @Test(arguments: [1_000, 1_500]) func `a reader that lags behind loses nothing`(
        _ size: Int
    ) async throws {
        try await withClient { _, body, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for try await chunk in body { try await writer.write(chunk) }
            try await writer.end()
        } _: { client in
            try await client.withStream(to: HTTPRequest.post()) { writer, response in
                var iterator = response.body.makeAsyncIterator()
                var (sent, received) = ([UInt8](), [UInt8]())
                for number in 0..<2_000 {
                    let chunk = ByteBuffer(repeating: UInt8(number % 251), count: size)
                    sent += Array(buffer: chunk)
                    try await writer.write(chunk)
                    // The first chunks are never all read before the end.
                    guard number >= 40 else { continue }
                    received += try await iterator.next().map { Array(buffer: $0) } ?? []
                }
                try await writer.end()
                while let chunk = try await iterator.next() { received += Array(buffer: chunk) }
                #expect(received == sent)
            }
        }
    }
}
#endif
