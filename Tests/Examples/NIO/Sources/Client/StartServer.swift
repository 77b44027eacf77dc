// SPDX-License-Identifier: MIT

import H2NIO
import HTTPTypes

/// Starts a server for the client.
func startServer() async throws -> H2Server {
    try await H2Server.bind(host: "127.0.0.1", port: 0) { _, _, response in
        try await response.respond(HTTPResponse(status: .ok), "up\n")
    }
}
