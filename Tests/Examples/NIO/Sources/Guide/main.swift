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
    let connection = try await connect(to: port, certificate)

    let text = try await upload(
        Array(repeating: ByteBuffer(repeating: 1, count: 10_000), count: 100), connection)
    precondition(text == "1000000 bytes\n", "unexpected \(text)")
    let (count, trailers) = try await download(connection)
    precondition(count == 3_893 && trailers == [.eTag: "\"1\""], "unexpected \(count) bytes")

    await connection.shutDown()

    let client = makeClient(to: port, certificate)
    let unknown = HTTPRequest(method: .get, scheme: "https", authority: "localhost", path: "/")
    for _ in 0..<2 {
        let response = try await client.response(to: unknown)
        precondition(response.head.status == .notFound, "unexpected \(response.head)")
        // The next request opens another connection.
        try await client.withConnection { await $0.shutDown() }
    }
    await client.shutDown()
    await server.shutDown(grace: .seconds(10))
}
