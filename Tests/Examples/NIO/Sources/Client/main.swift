// SPDX-License-Identifier: MIT

import H2NIO
import HTTPTypes
import NIOCore

let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
let client = try await H2ClientConnection.connect(host: "127.0.0.1", port: port)
let request = HTTPRequest(method: .get, scheme: "http", authority: "127.0.0.1:\(port)", path: "/")
let response = try await client.response(to: request)
print(response.head.status, String(buffer: response.body))
await client.shutDown()
