// SPDX-License-Identifier: MIT

import H2NIO
import HTTPTypes
import NIOCore
import Synchronization

// A server that echoes the request body as it arrives, and a client that uploads while it reads the
// echo. `write` waits while the peer does not read, so only a small part of the body is in transit.

let server = try await H2Server.bind(host: "127.0.0.1", port: 0) { _, body, response in
    try await response.head(HTTPResponse(status: .ok))
    for try await chunk in body { try await response.write(chunk) }
    try await response.end()
}

let upload = {
    var buffer = ByteBuffer()
    for number in 0..<UInt64(1 << 19) { buffer.writeInteger(number) }
    return buffer
}()
/// The number of bytes that the client has written; of these, the number that it has not read back;
/// and the maximum of that number.
let progress = Mutex((written: 0, missing: 0, mostMissing: 0))

let client = try await H2ClientConnection.connect(
    host: "127.0.0.1", port: server.port)
let request = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/")
try await client.withResponse(
    to: request,
    sending: { writer in
        var rest = upload
        while let chunk = rest.readSlice(length: min(rest.readableBytes, 32_768)),
            chunk.readableBytes > 0
        {
            progress.withLock { progress in
                progress.written += chunk.readableBytes
                progress.missing += chunk.readableBytes
                progress.mostMissing = max(progress.mostMissing, progress.missing)
            }
            try await writer.write(chunk)
        }
    }
) { response in
    var expected = upload
    for try await chunk in response.body {
        progress.withLock { $0.missing -= chunk.readableBytes }
        precondition(
            expected.readSlice(length: chunk.readableBytes) == chunk,
            "the echo differs before byte \(expected.readerIndex)")
    }
    precondition(expected.readableBytes == 0, "\(expected.readableBytes) bytes are missing")
}

let (written, _, mostMissing) = progress.withLock { $0 }
precondition(written == upload.readableBytes && mostMissing < written / 4, "no back pressure")
print("echoed \(written) bytes, of which at most \(mostMissing) were in transit at a time")
await client.shutDown()
await server.shutDown()
