// SPDX-License-Identifier: MIT

import H2NIO
import HTTPTypes
import NIOCore

// A server that greets, without TLS.

let server = try await H2Server.bind(host: "127.0.0.1", port: 0) { request, _, response in
    if request.path == "/" {
        try await response.respond(HTTPResponse(status: .ok), "Hello, world!\n")
    } else {
        try await response.respond(HTTPResponse(status: .notFound), "There is only / here.\n")
    }
}

// A real server would now wait: `try await server.waitUntilClosed()`. This one greets itself.
let port = server.localAddress?.port ?? 0
let client = try await H2ClientConnection.connect(host: "127.0.0.1", port: port)
let request = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/")
let response = try await client.response(to: request)
precondition(String(buffer: response.body) == "Hello, world!\n", "unexpected \(response)")
await client.shutDown()
await server.shutDown()
