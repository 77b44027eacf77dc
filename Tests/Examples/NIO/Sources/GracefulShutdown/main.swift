// SPDX-License-Identifier: MIT

import Foundation
import H2NIO
import HTTPTypes
import NIOCore

// A server that shuts down after SIGTERM: it completes the open requests, and then the program
// ends.

signal(SIGTERM, SIG_IGN)
let (signals, signalsContinuation) = AsyncStream<Void>.makeStream()
let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .main)
source.setEventHandler { signalsContinuation.yield() }
source.activate()

let chunk = ByteBuffer(repeating: 0x2A, count: 65_536)
let chunkCount = 64

let server = try await H2Server.bind(host: "127.0.0.1", port: 0) { _, _, response in
    try await response.head(HTTPResponse(status: .ok))
    for _ in 0..<chunkCount { try await response.write(chunk) }
    try await response.end()
}
let port = server.port
let client = Task { try await downloadAcrossShutdown() }

for await _ in signals.prefix(1) {}
print("SIGTERM: completing the open requests")
// Requests that are open after 10 seconds are cut off.
await server.shutDown(grace: .seconds(10))
print("the client received \(try await client.value) bytes")

/// Begins three downloads, sends SIGTERM to this process, and reads the downloads to their end
/// after the server has stopped listening. Returns the number of bytes received.
func downloadAcrossShutdown() async throws -> Int {
    let client = try await H2ClientConnection.connect(host: "127.0.0.1", port: port)
    let request = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/")
    let (begun, begunContinuation) = AsyncStream<Void>.makeStream()
    return try await withThrowingTaskGroup { group in
        for _ in 0..<3 {
            group.addTask {
                defer { begunContinuation.finish() }
                return try await client.withResponse(to: request) { response in
                    begunContinuation.yield()
                    try await server.waitUntilClosed()
                    let body = try await response.body.collect(upTo: 1 << 24)
                    precondition(body.readableBytes == chunkCount * chunk.readableBytes)
                    return body.readableBytes
                }
            }
        }
        for await _ in begun.prefix(3) {}
        kill(getpid(), SIGTERM)
        return try await group.reduce(0, +)
    }
}
