// SPDX-License-Identifier: MIT

import H2NIO
import HTTPTypes
import NIOCore
import NIOSSL
import TestCertificate

// Runs the code of the article "With SwiftNIO", which is in Guide.swift.

try await run()

func run() async throws {
    let certificate = try NIOSSLCertificate(bytes: Array(testCertificate.utf8), format: .pem)
    let key = try NIOSSLPrivateKey(bytes: Array(testPrivateKey.utf8), format: .pem)
    let server = try await startServer(certificate, key)
    let port = server.port
    var client = try await connect(to: port, certificate)

    let text = try await upload(
        Array(repeating: ByteBuffer(repeating: 1, count: 10_000), count: 100), client)
    precondition(text == "1000000 bytes\n", "unexpected \(text)")
    let (count, trailers) = try await download(client)
    precondition(count == 3_893 && trailers == [.eTag: "\"1\""], "unexpected \(count) bytes")

    // The connection opens no more streams, so the request is sent on another connection.
    await client.shutDown()
    var reconnections = 0
    let unknown = HTTPRequest(method: .get, scheme: "https", authority: "localhost", path: "/")
    let response = try await responseWithRetry(to: unknown, &client) {
        reconnections += 1
        return try await connect(to: port, certificate)
    }
    precondition(
        response.head.status == .notFound && reconnections == 1, "unexpected \(response.head)")
    await client.shutDown()
    await server.shutDown(grace: .seconds(10))
}
