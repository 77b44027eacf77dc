// SPDX-License-Identifier: MIT

import H2NIO
import HTTPTypes

let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
let server = try await H2Server.bind(host: "127.0.0.1", port: port) { request, body, response in
    switch (request.method, request.path) {
    case (.get, "/"):
        try await response.respond(HTTPResponse(status: .ok), "Hello, world!\n")
    case (.post, "/echo"):
        try await response.head(HTTPResponse(status: .ok))
        for try await bytes in body { try await response.write(bytes) }
        try await response.end()
    default:
        try await response.respond(HTTPResponse(status: .notFound), "There is no such page.\n")
    }
}
print("http://127.0.0.1:\(server.port)")
try await server.waitUntilClosed()
