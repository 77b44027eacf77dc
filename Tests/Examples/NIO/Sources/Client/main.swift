// SPDX-License-Identifier: MIT

import H2NIO
import HTTPTypes
import NIOCore

// A client, without TLS.

let server = try await startServer()
let port = server.localAddress?.port ?? 0

let client = try await H2ClientConnection.connect(host: "127.0.0.1", port: port)
let request = HTTPRequest(
    method: .get, scheme: "http", authority: "127.0.0.1:\(port)", path: "/status")
let response = try await client.response(to: request)
precondition(response.head.status == .ok, "unexpected \(response.head)")
precondition(String(buffer: response.body) == "up\n", "unexpected \(response.body)")
await client.shutDown()

await server.shutDown()
